"""Static files under names that contain their hash, so that browsers keep them for good and never show an old one."""

from functools import partial
from hashlib import sha256
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

PREFIX = "/static/"


def init_app(app: Flask, root: Path) -> None:
    """Serve every file under `root`, in front of Flask, and give templates `static_url('css/site.css')`."""
    files = WhiteNoise(app.wsgi_app, allow_all_origins=False, immutable_file_test=lambda path, url: True)
    names = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    urls = {name: PREFIX + _hashed(name, path) for name, path in names.items()}
    for name, path in names.items():
        files.add_file_to_dictionary(urls[name], str(path))
    app.wsgi_app = files  # type: ignore[method-assign]  # how WSGI middleware is put around a Flask app
    app.jinja_env.globals["static_url"] = partial(_url, urls)


def _hashed(name: str, path: Path) -> str:
    """css/site.css becomes css/site.1f2e3d4c5b6a.css."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{sha256(path.read_bytes()).hexdigest()[:12]}{dot}{ending}"


def _url(urls: dict[str, str], name: str) -> str:
    """The address of a static file. Raises LookupError for one that is not there: a slip, or no `make setup`."""
    return urls[name]
