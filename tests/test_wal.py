"""Several processes open a new SQLite file at the same moment, and each finds its write-ahead log."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer

import pytest

from smartcart.database import sqlite
from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.wal import turn_on_wal

# So long somebody writes into the new file, in seconds.
WRITES_FOR = 0.2


@contextmanager
def somebody_writes(path: Path) -> Iterator[None]:
    """Another process that has just made the file, and writes its first tables."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        other.execute("create table theirs (id)")
        end = Timer(WRITES_FOR, other.execute, ["commit"])
        end.start()
        yield
        end.join()


def open_books(path: Path) -> None:
    Ledger(path, time.time)


def open_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        sqlite.prepare(connection)


@pytest.mark.parametrize("open_it", [open_books, open_database])
def test_who_opens_a_new_file_waits_for_who_writes_into_it(open_it: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    with somebody_writes(path):
        open_it(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("select count(*) from theirs").fetchone() == (0,)


def test_who_waits_in_vain_is_told(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    with (
        somebody_writes(path),
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="database is locked"),
    ):
        turn_on_wal(connection, 0.0)


def test_what_is_no_database_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    path.write_text("This is a letter, and it is long enough to be taken for the head of a database. " * 20)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        turn_on_wal(connection, 60.0)
