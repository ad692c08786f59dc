"""The yardstick of a start: granian with bare Flask and nothing of the shop, `python -m bench.start_bare PORT`."""

import sys
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server


def make_app(*_: Any) -> Any:
    """In granian's worker, and Flask is loaded there alone, as where granian is told an app by its name."""
    from flask import Flask

    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: "<p>A page</p>")
    return app


if __name__ == "__main__":
    Server(
        "bare", port=int(sys.argv[1]), interface=Interfaces.WSGI, http=HTTPModes.http1, log_level=LogLevels.error
    ).serve(target_loader=make_app, wrap_loader=False)
