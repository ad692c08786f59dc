"""A shop under a path of its host, as SMARTCART_BASE_URL says: https://example.com/shop.

The proxy in front may hand on the whole path or leave the shop's own part out; both are the same to all that follows.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

Environ = dict[str, Any]


def sub_path_of(base_url: str) -> str:
    """The path under which the shop lies, such as /shop; empty at the root of its host."""
    return urlsplit(base_url).path.rstrip("/")


def init_app(app: Flask) -> None:
    """Put it in front of the app, and of all that is in front of it already."""
    if sub_path := sub_path_of(app.config["BASE_URL"]):
        app.wsgi_app = SubPath(app.wsgi_app, sub_path)  # type: ignore[method-assign]  # how it is put in


class SubPath:
    """WSGI middleware: SCRIPT_NAME is the shop's part of the path, and PATH_INFO what comes after it (PEP 3333)."""

    def __init__(self, app: Callable[..., Iterable[bytes]], sub_path: str) -> None:
        self._app, self._sub_path = app, sub_path

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == self._sub_path or path.startswith(self._sub_path + "/"):
            environ["PATH_INFO"] = path[len(self._sub_path) :] or "/"
        environ["SCRIPT_NAME"] = self._sub_path
        return self._app(environ, start_response)
