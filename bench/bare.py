"""The other yardstick of the poll: Flask with one route and a constant page, served as the shop is.

python -m bench.bare PORT
"""

import sys
from typing import Any

from flask import Flask
from granian.server import Server

from smartcart.server import serve as serving

PAGE = "<p>" + "x" * 493 + "</p>"  # 500 bytes


def make_app(*_: Any) -> Flask:
    app = Flask(__name__)
    app.get("/")(lambda: PAGE)
    return app


if __name__ == "__main__":
    Server("bare", port=int(sys.argv[1]), **serving.OPTIONS).serve(target_loader=make_app, wrap_loader=False)
