"""SQLite's file under a running shop: whether it is still the one that was opened, and how long its log has grown.

Who has a file open goes on writing into it after it was deleted, or another has taken its place: SQLite does not look
(https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use). Nobody would ever read what
is written there.
"""

import logging
import os
import sqlite3
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

LOST = (
    "the database's file, or its write-ahead log, was replaced or deleted while the shop runs; stop the shop, put the"
    " right file there and start it again"
)
TOO_LONG = "the write-ahead log has grown past its limit, for somebody reads from the database and does not end"
# SQLite takes the log up into the file at every 4 MB of it, unless somebody reads on from before. In bytes: from here
# on that is insisted on, and said; and from there on nothing more is written, so that the disk stays for others.
LONG_LOG, LONGEST_LOG = 64 * 2**20, 2**30
# So often in seconds it is insisted on, and for so long in milliseconds readers are waited for; so often it is said.
INSIST, WAIT_FOR_READERS, REMINDER = 10.0, 50, 60.0

# Beside the file, as long as it is in use or was not closed.
COMPANIONS = ("-wal", "-shm")
# So goes on the name of a database that has made room for a restored one.
ASIDE = "before_restore_"
# What tells a file from another that has taken its name; None where there is none.
Identity = tuple[int, int] | None


class CannotWrite(SQLAlchemyError):
    """Nothing may be written now; the message says why, and what is to be done."""


class DatabaseFile:
    """The file that this process has opened, by its path."""

    def __init__(self, path: str) -> None:
        self._path, self._log_path = Path(path), Path(f"{path}-wal")
        self._opened: Identity = None
        self._log_opened: Identity = None
        self._insisted = self._said = float("-inf")

    def remember(self) -> None:
        """It was opened, and so it is there."""
        self._opened = self._opened or _identity(self._path)

    def remember_log(self) -> None:
        """The connection that writes was made, and with it there is a log."""
        self._log_opened = _identity(self._log_path)

    def forget_log(self) -> None:
        """The connection that writes is closed."""
        self._log_opened = None

    def forget(self) -> None:
        """Nobody here has it open any more."""
        self._opened = self._log_opened = None

    @property
    def is_lost(self) -> bool:
        """Whether another file stands in its place, or none, or that of its log."""
        return (self._opened is not None and _identity(self._path) != self._opened) or (
            self._log_opened is not None and _identity(self._log_path) != self._log_opened
        )

    def refuse_if_lost(self) -> None:
        """Raises CannotWrite."""
        if self.is_lost:
            raise CannotWrite(LOST)

    def refuse_if_log_is_too_long(self, writer: sqlite3.Connection) -> None:
        """Make the log shorter where it is long; `writer` has no transaction open. Raises CannotWrite."""
        size, now = log_size(self._path), time.monotonic()
        if size < LONG_LOG or (size < LONGEST_LOG and now - self._insisted < INSIST):
            return
        self._insisted = now
        _take_log_up(writer)
        if (size := log_size(self._path)) >= LONG_LOG and now - self._said >= REMINDER:
            self._said = now
            log.warning(
                "the database's write-ahead log has %d MB: somebody reads from %s and does not end; at %d MB nothing"
                " more is written",
                *(size // 2**20, self._path.name, LONGEST_LOG // 2**20),
            )
        if size >= LONGEST_LOG:
            raise CannotWrite(TOO_LONG)


def log_size(path: Path) -> int:
    """Of the write-ahead log of a file, in bytes."""
    try:
        return os.stat(f"{path}-wal").st_size  # noqa: PTH116  # before each write: another Path takes twice as long
    except OSError:
        return 0


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _take_log_up(writer: sqlite3.Connection) -> None:
    """All of it into the file, and leave it empty, if nobody reads from it: https://sqlite.org/pragma.html#pragma_wal_checkpoint"""
    ((usual,),) = writer.execute("PRAGMA busy_timeout").fetchall()
    try:
        writer.execute(f"PRAGMA busy_timeout={WAIT_FOR_READERS}")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        writer.execute(f"PRAGMA busy_timeout={usual}")
