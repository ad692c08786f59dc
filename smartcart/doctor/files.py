"""The files that hold names, addresses and secrets: whether nobody else on this machine can read them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from smartcart.config import Settings
from smartcart.database.sqlite_file import ASIDE, COMPANIONS
from smartcart.doctor import Finding, ok, wrong

SUBJECT = "files"
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check(settings: Settings) -> Finding:
    """This version makes them for its user alone; older ones, and those that were put there by hand, may be open."""
    open_ones = [each for each in _private(settings) if _mode(each) & FOR_OTHERS]
    if not open_ones:
        return ok(SUBJECT, "Nobody else on this machine can read what the shop keeps.")
    names = " ".join(str(each) for each in open_ones)
    found = f"Others on this machine can read what holds names, addresses or secrets: {names}"
    return wrong(SUBJECT, found, f"As their owner: chmod go= {names}")


def _private(settings: Settings) -> Iterator[Path]:
    """What there is of all that the shop keeps on this machine."""
    yield settings.data
    yield settings.data / "secret_key"
    if settings.local:
        database = Path(make_url(settings.database_url).database or "")
        yield from _with_companions(database)
        yield from database.parent.glob(f"{database.stem}.{ASIDE}*")
    if settings.gateway == "sandbox":
        yield from _with_companions(settings.sandbox_ledger)


def _with_companions(file: Path) -> Iterator[Path]:
    yield file
    yield from (Path(f"{file}{ending}") for ending in COMPANIONS)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
