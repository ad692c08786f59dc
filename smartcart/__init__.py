"""SmartCart: a self-hosted shop whose payment page survives interruptions."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartcart.factory import create_app

__all__ = ["create_app"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Returns `create_app`, which is loaded when it is asked for, and all rooms with it: a second, and 60 MB.

    `smartcart version` and `--help` need none of that. https://peps.python.org/pep-0562/
    """
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from smartcart.factory import create_app

    return create_app
