"""Static files as tools/build_static.py made them: kept for good, as their names contain their hash, and compressed."""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast
from wsgiref.headers import Headers

from flask import Flask, current_app
from markupsafe import Markup
from whitenoise import WhiteNoise

from smartcart.web.sub_path import sub_path_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PREFIX = "/static/"
HASHED = re.compile(rf"{PREFIX}(.+)\.([0-9a-f]{{12}})(\.\w+)")


@dataclass(frozen=True)
class Style:
    """A stylesheet that stands in a page itself, and the source by which the page's policy allows it and no other."""

    text: Markup
    source: str


class Files(WhiteNoise):
    """One that has gone since the shop began, as when another version was installed over it, is answered as no page."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return cast(Iterable[bytes], super().__call__(environ, start_response))
        except FileNotFoundError:
            return cast(Iterable[bytes], self.application(environ, start_response))


def init_app(app: Flask, root: Path) -> None:
    """Serve every file under `root`, in front of Flask, and give templates `static_url('css/shop.css')`."""
    files = Files(
        app.wsgi_app,
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_tag,
    )
    if root.is_dir():
        files.add_files(root, PREFIX)
    app.wsgi_app = files  # type: ignore[method-assign]  # how WSGI middleware is put around a Flask app
    sub_path = sub_path_of(app.config["BASE_URL"])
    url = app.extensions["static_url"] = partial(_url, {_name(url): sub_path + url for url in files.files})
    app.extensions["static_files"] = root
    app.jinja_env.globals["static_url"] = url


def style_of(name: str) -> Style:
    """A stylesheet for a page that is not to wait for it. Raises LookupError for one that is not there."""
    url: str = current_app.extensions["static_url"](name)
    return _read(current_app.extensions["static_files"] / url.partition(PREFIX)[2])


def _tag(headers: Headers, path: str, url: str) -> None:
    """Weak, for it is that of every form of the file, plain and compressed (RFC 9110, 8.8.3.3)."""
    headers["ETag"] = HASHED.sub(r'W/"\2"', url)


def _name(url: str) -> str:
    """/static/css/shop.1f2e3d4c5b6a.css becomes css/shop.css."""
    return HASHED.sub(r"\1\3", url)


def _url(urls: dict[str, str], name: str) -> str:
    """The address of a static file. Raises LookupError for one that is not there."""
    if name not in urls:
        raise LookupError(f"{name} is not among the static files that were built: a slip, or no `make setup`")
    return urls[name]


@cache
def _read(path: Path) -> Style:
    """The digest is of the text exactly as it stands in the page: https://www.w3.org/TR/CSP3/#match-element-to-source-list"""
    text = path.read_text()
    source = f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    return Style(Markup(text), source)  # noqa: S704  # our own
