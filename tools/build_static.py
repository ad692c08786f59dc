"""Makes what browsers load from what lies in static/: under names that contain their hash, and compressed beside.

python tools/build_static.py FROM INTO

Pages load one stylesheet: a request takes a slow network as long as all the bytes of a small one. WhiteNoise serves the
compressed file beside the plain one to whoever takes it.

A shop may run meanwhile, for a wheel is built in a checkout too: each file gets to its place whole, over the one
before, and only what is no longer made goes, last.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from whitenoise.compress import Compressor

# Whoever comes to pay from the shop has the stylesheet already, so all of the shopper's pages have one.
STYLESHEETS = {
    "css/shop.css": ("base", "components", "shop", "payment"),
    "css/admin.css": ("base", "components", "admin", "monitor"),
}
BUILT = "built"


def build(source: Path, into: Path) -> None:
    """Have the folder `into` hold what the files in `source` make, and no more."""
    into.mkdir(parents=True, exist_ok=True)
    # Beside it, for a file moves whole within one file system only; with a dot, so that it is not among the sources.
    with TemporaryDirectory(prefix=".", dir=into.parent) as made:
        _make(source, Path(made))
        kept = _files(Path(made))
        for name in kept:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(made) / name).replace(into / name)
    for name in _files(into) - kept:
        (into / name).unlink()


def _make(source: Path, into: Path) -> None:
    compressor = Compressor(quiet=True)
    for name, content in _contents(source):
        path = into / _hashed(name, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if compressor.should_compress(name):
            compressor.compress(str(path))


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def _contents(source: Path) -> Iterator[tuple[str, bytes]]:
    for name, parts in STYLESHEETS.items():
        yield name, b"".join((source / "css" / f"{part}.css").read_bytes() for part in parts)
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and name.parts[0] not in ("css", BUILT) and not name.parts[0].startswith("."):
            yield name.as_posix(), path.read_bytes()


def _hashed(name: str, content: bytes) -> str:
    """css/site.css becomes css/site.1f2e3d4c5b6a.css."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{sha256(content).hexdigest()[:12]}{dot}{ending}"


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
