"""Static files as tools/build_static.py made them: kept for good, as their names contain their hash, and compressed."""

import re
from functools import partial
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

PREFIX = "/static/"
HASHED = re.compile(rf"{PREFIX}(.+)\.([0-9a-f]{{12}})(\.\w+)")


def init_app(app: Flask, root: Path) -> None:
    """Serve every file under `root`, in front of Flask, and give templates `static_url('css/shop.css')`."""
    files = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_tag,
    )
    if root.is_dir():
        files.add_files(root, PREFIX)
    app.wsgi_app = files  # type: ignore[method-assign]  # how WSGI middleware is put around a Flask app
    app.jinja_env.globals["static_url"] = partial(_url, {_name(url): url for url in files.files})


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
