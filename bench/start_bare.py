"""The yardstick of a start: granian with bare Flask and nothing of the shop, `python -m bench.start_bare PORT`.

With names of packages before the port these are loaded too: with LIBRARIES all that the shop is built on, and still
nothing of the shop.
"""

import sys
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from bench.start_shop import leave_test_packages_out

LIBRARIES = [
    "apscheduler.schedulers.background",
    "argon2",
    "babel.dates",
    "babel.numbers",
    "flask_limiter",
    "flask_login",
    "flask_sqlalchemy",
    "flask_wtf",
    "pydantic_settings",
    "sqlalchemy.orm",
    "structlog",
    "whitenoise",
    "wtforms",
]


def make_app(*_: Any) -> Any:
    """In granian's worker, and Flask is loaded there alone, as where granian is told an app by its name."""
    from flask import Flask

    for name in sys.argv[1:-1]:
        import_module(name)

    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: "<p>A page</p>")
    return app


if __name__ == "__main__":
    leave_test_packages_out()
    Server(
        "bare", port=int(sys.argv[-1]), interface=Interfaces.WSGI, http=HTTPModes.http1, log_level=LogLevels.error
    ).serve(target_loader=make_app, wrap_loader=False)
