"""SQLite's write-ahead log, turned on for a file that others may open for the first time at the same moment."""

import sqlite3
import time

# So often it is tried again, in seconds: who is at it writes some tables into a new file.
PAUSE = 0.01


def turn_on_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Have the file use a write-ahead log. Raises sqlite3.OperationalError after `patience` seconds.

    To change that, SQLite reads first and then wants to write. Where somebody else writes meanwhile it gives up at
    once, whatever time it was given for waiting, as it does for all who want to write after they have read
    (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    ends = time.monotonic() + patience
    while not _is_on(connection):
        if time.monotonic() > ends:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(PAUSE)


def _is_on(connection: sqlite3.Connection) -> bool:
    """Try it once; False when somebody is in the way."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
