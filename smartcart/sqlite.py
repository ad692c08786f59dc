"""SQLite: one writer at a time, each in turn, and every commit on the disk."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

# What SQLite is told at each new connection. Of its 2 MB of cache, in KiB here, a poll among a million sessions finds
# little: with 16 MB it takes 12 µs instead of 27. It is memory only as far as there are pages to be kept in it.
SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "cache_size=-16384",
)


class Turns:
    """Writers of one process, first come, first served.

    SQLite's own busy wait is unfair: of 8 threads the unluckiest waited 3 s for its turn. So is Python's own lock: who
    lets go of it takes it again before a thread that waits has woken up.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class _ThisThread(threading.local):
    begins_at_once = False


turns = Turns()
_this_thread = _ThisThread()


@contextmanager
def at_once() -> Iterator[None]:
    """Transactions that begin meanwhile, on this thread, take the write lock when they begin.

    One that reads first and writes later would fail on the upgrade when another writer was faster.
    """
    _this_thread.begins_at_once = True
    try:
        yield
    finally:
        _this_thread.begins_at_once = False


def beginning() -> str:
    """The statement with which this thread would begin a transaction now."""
    return "BEGIN IMMEDIATE" if _this_thread.begins_at_once else "BEGIN"


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, but for how a transaction begins. To listen for that would cost each statement time."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.execute(beginning())


registry.register("sqlite", __name__, Dialect.__name__)


def prepare(connection: sqlite3.Connection) -> None:
    """What is said over a new connection before it is used."""
    connection.isolation_level = None  # transactions begin where do_begin says, not where the driver guesses
    for pragma in SETTINGS:
        connection.execute(f"PRAGMA {pragma}")
