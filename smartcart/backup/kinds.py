"""What both kinds of databases share."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from smartcart.database.sqlite_file import ASIDE
from smartcart.database.tables import known_versions
from smartcart.ids import new_id
from smartcart.rules import numbering

SQLITE_BEGINS, POSTGRESQL_BEGINS = b"SQLite format 3\0", b"PGDMP"

LATEST_ORDER = "select id, number from {}shop_order order by id desc limit 1"

# How many rows each table has.
Rows = dict[str, int]


class Failed(Exception):
    """No backup was made, or nothing was restored; the message is for the person who asked for it."""


class Kind(Protocol):
    """A database that can be saved to a file and restored from it. Both raise Failed."""

    def save(self, file: Path) -> Rows:
        """Write a checked copy, as of one moment, into a file that is there and empty."""

    def restore(self, file: Path, force: bool) -> tuple[Rows, str]:
        """Put a file's contents in this database's place; returns them, and where the old ones are kept."""


def refuse_other_kind(file: Path, begins: bytes) -> None:
    """Raises Failed unless the file begins as a backup of this kind does."""
    try:
        with file.open("rb") as opened:
            found = opened.read(len(SQLITE_BEGINS))
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.") from error
    if found.startswith(begins):
        return
    for kind, other in (("SQLite", SQLITE_BEGINS), ("PostgreSQL", POSTGRESQL_BEGINS)):
        if found.startswith(other):
            raise Failed(f"{file} is a backup of a {kind} database, and SMARTCART_DATABASE_URL names another kind.")
    raise Failed(f"{file} is no backup of SmartCart.")


def refuse_unknown_version(file: Path, version: str) -> None:
    """Raises Failed when a backup has tables that this version of SmartCart does not know."""
    if version not in known_versions():
        raise Failed(
            f"{file} was made by a newer SmartCart (its tables are of version {version}). Update this one first."
        )


def refuse_to_lose(what: str, force: bool) -> None:
    """Raises Failed when there is something to lose, named by `what`, and nobody has said that it may go."""
    if what and not force:
        raise Failed(f"The database has {what}. With --force it is set aside, and the backup takes its place.")


def name_aside() -> str:
    """What a database is called that had to make room."""
    return f"{ASIDE}{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"


def note_skipped(execute: Callable[[str], object], last_id: int, last_name: str, others: Iterable[str]) -> None:
    """Let the restored orders go on after every number that was ever given; `execute` carries out SQL there.

    `last_id` and `last_name` are of the latest restored order, `others` the names of the latest one of each database
    that was set aside. The table is there in a backup of this version, and made where an older one is restored.
    """
    skipped = numbering.skipped(last_id, last_name, others)
    execute("create table if not exists order_numbering (id integer not null primary key, skipped integer not null)")
    execute("delete from order_numbering")
    execute(f"insert into order_numbering (id, skipped) values (1, {skipped:d})")  # noqa: S608  # a number


def begin_epoch(execute: Callable[[str], object]) -> None:
    """Let merchants' systems see that numbers of their events begin anew where the backup was; as `note_skipped`."""
    execute("create table if not exists feed_epoch (id integer not null primary key, epoch varchar(40) not null)")
    execute("delete from feed_epoch")
    execute(f"insert into feed_epoch (id, epoch) values (1, '{new_id()}')")  # noqa: S608  # made here, without quotes


def synced(path: Path) -> None:
    """What was written to a file, or which files a folder has, is on the disk from now on."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
