"""SQLite: one writer at a time, each in turn, and every commit on the disk."""

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

WRITES = "writes"

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


turns = Turns()


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, but for how a transaction begins: to listen for that would cost each statement time.

    On the connection that writes, it begins with the write lock. One that reads first and writes later would fail on
    the upgrade when another process was faster.
    """

    supports_statement_cache = True

    writer: Connection | None = None
    writes_for = 0  # the process that has made it: after a fork it is the parent's

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.execute("BEGIN IMMEDIATE" if WRITES in dbapi_connection.info else "BEGIN")


registry.register("sqlite", __name__, Dialect.__name__)


@contextmanager
def turn_to_write(engine: Engine) -> Iterator[Connection]:
    """The one connection that writes to this database, when its turn has come.

    One for all: what another has written would empty its cache. It is kept apart from the pool, and closed when the
    engine is told to close its connections.
    """
    with turns:
        dialect = cast(Dialect, engine.dialect)
        writer = _writer(engine, dialect)
        driver = cast(sqlite3.Connection, writer.connection.dbapi_connection)
        try:
            yield writer
        finally:
            # Given up, or not even rolled back: to close it does that, and lets go of the lock.
            if writer.invalidated or driver.in_transaction:
                driver.close()
                _close_writer(dialect)


def _writer(engine: Engine, dialect: Dialect) -> Connection:
    if dialect.writer is None or dialect.writes_for != os.getpid():
        writer = engine.connect()
        writer.detach()
        writer.info[WRITES] = True
        dialect.writer, dialect.writes_for = writer, os.getpid()
    return dialect.writer


@event.listens_for(Engine, "engine_disposed")
def _dispose(engine: Engine) -> None:
    if isinstance(engine.dialect, Dialect):
        with turns:
            _close_writer(engine.dialect)


def _close_writer(dialect: Dialect) -> None:
    writer, dialect.writer = dialect.writer, None
    if writer is not None:
        writer.close()


def prepare(connection: sqlite3.Connection) -> None:
    """What is said over a new connection before it is used."""
    connection.isolation_level = None  # transactions begin where do_begin says, not where the driver guesses
    for pragma in SETTINGS:
        connection.execute(f"PRAGMA {pragma}")
