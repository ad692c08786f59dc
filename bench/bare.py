"""The other yardstick: Flask with constant pages, served as the shop is.

python -m bench.bare PORT [BYTES …]: / has 500 bytes, and of each size that is named there is a page by its number.
Each is also the answer to what is posted there.
"""

import sys
from functools import partial
from typing import Any

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from smartcart.server.granian_worker import MOST_CONNECTIONS, REQUEST_THREADS
from smartcart.server.serve import wake_without_haste

USUAL = 500
# As the shop is served.
OPTIONS: dict[str, Any] = {
    "interface": Interfaces.WSGI,
    "workers": 1,
    "blocking_threads": REQUEST_THREADS,
    "websockets": False,
    "http": HTTPModes.http1,
    "backpressure": MOST_CONNECTIONS,
    "log_level": LogLevels.error,
}


def make_app(*_: Any) -> Flask:
    wake_without_haste()
    app = Flask(__name__)
    for path, size in {"/": USUAL, **{f"/{size}": int(size) for size in sys.argv[2:]}}.items():
        page = f"<p>{'x' * (size - len('<p></p>'))}</p>"
        app.add_url_rule(path, path, partial(str, page), methods=["GET", "POST"])
    return app


if __name__ == "__main__":
    Server("bare", port=int(sys.argv[1]), **OPTIONS).serve(target_loader=make_app, wrap_loader=False)
