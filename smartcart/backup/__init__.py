"""Backup and restore of the shop's database while it runs, checked before anybody is told that it is done."""

import os
from pathlib import Path

from smartcart.backup.kinds import Failed, Kind, Rows, synced
from smartcart.backup.postgresql import PostgreSQL
from smartcart.backup.sqlite import SQLite

__all__ = ["Failed", "Rows", "back_up", "restore"]

THERE_ALREADY = "{} is there already, and nothing is written over it. Name another file, or delete this one."


def back_up(database_url: str, file: Path) -> Rows:
    """Write the database into `file`, which is whole whenever it is there; returns what is in it.

    Raises Failed, also where there is a file of that name: it may be the only whole backup.
    """
    if file.exists():
        raise Failed(THERE_ALREADY.format(file))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # it has names and addresses of people
        rows = _kind(database_url).save(draft)
        synced(draft)
        _name(draft, file)
        synced(file.parent)
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _name(draft: Path, file: Path) -> None:
    """Give the draft its name, unless somebody was first. Raises Failed, and OSError."""
    try:
        os.link(draft, file)  # to rename it would write over the other
    except FileExistsError:
        raise Failed(THERE_ALREADY.format(file)) from None
    except OSError:  # a disk without hard links, as of many sticks
        draft.replace(file)


def restore(database_url: str, file: Path, force: bool) -> tuple[Rows, str]:
    """Put what is in `file` in the database's place; returns what it was, and where the old one is kept, if any.

    A database that has payment sessions is only replaced by `force`. Raises Failed; then all is as it was.
    """
    return _kind(database_url).restore(file, force)


def _kind(database_url: str) -> Kind:
    return SQLite(database_url) if database_url.startswith("sqlite") else PostgreSQL(database_url)
