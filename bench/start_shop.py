"""`smartcart` as it is where no test package is: `python -m bench.start_shop serve --port PORT`.

structlog, granian and SQLAlchemy load these where they are there, for 7 MB and 100 ms.
"""

import sys

TEST_PACKAGES = ("anyio", "greenlet", "rich")


def leave_test_packages_out() -> None:
    """From here on they are not to be had: https://docs.python.org/3/reference/import.html#the-module-cache"""
    sys.modules.update(dict.fromkeys(TEST_PACKAGES))  # type: ignore[arg-type]


if __name__ == "__main__":
    leave_test_packages_out()
    from smartcart.commands import main

    sys.argv[0] = "smartcart"
    main()
