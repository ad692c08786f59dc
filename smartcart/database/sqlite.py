"""SQLite: one writer at a time, each in turn, and every commit on the disk."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

from smartcart.database.sqlite_file import LOST, DatabaseFile
from smartcart.database.turns import LIMIT, Turns
from smartcart.wal import turn_on_wal

WRITES = "writes"
# Of the connection that writes: how long it would wait for another program's lock now, in milliseconds.
PATIENCE = "patience"
USUAL_PATIENCE = round(LIMIT * 1000)

# What SQLite is told at each new connection. Of its 2 MB of cache, in KiB here, a poll among a million sessions finds
# little: with 16 MB it takes 12 µs instead of 27. It is memory only as far as there are pages to be kept in it.
SETTINGS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={USUAL_PATIENCE}",
    "cache_size=-16384",
)


turns = Turns()


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, but for how a transaction begins: to listen for that would cost each statement time.

    On the connection that writes, it begins with the write lock. One that reads first and writes later would fail on
    the upgrade when another process was faster.
    """

    supports_statement_cache = True

    writer: Connection | None = None
    writes_for = 0  # the process that has made it: after a fork it is the parent's
    file: DatabaseFile | None = None  # once it was opened

    def connect(self, *where: Any, **options: Any) -> Any:
        """Opens the file, which SQLite would make where it is gone: one that was there and is not is not made anew."""
        self.file = self.file or DatabaseFile(where[0])
        if self.file.is_lost:
            raise sqlite3.OperationalError(LOST)
        connection = super().connect(*where, **options)
        self.file.remember()
        return connection

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.execute("BEGIN IMMEDIATE" if WRITES in dbapi_connection.info else "BEGIN")


registry.register("sqlite", __name__, Dialect.__name__)


@contextmanager
def turn_to_write(engine: Engine, for_a_request: bool = False) -> Iterator[Connection]:
    """The one connection that writes to this database, when its turn has come.

    One for all: what another has written would empty its cache. It is kept apart from the pool, and closed when the
    engine is told to close its connections. Raises CannotWrite, and TookTooLong where the turn does not come in time.
    """
    with turns.take(for_a_request) as seconds_left:
        dialect = cast(Dialect, engine.dialect)
        if dialect.file:
            dialect.file.refuse_if_lost()
        writer = _writer(engine, dialect)
        driver = cast(sqlite3.Connection, writer.connection.dbapi_connection)
        _be_patient(writer, driver, seconds_left)
        cast(DatabaseFile, dialect.file).refuse_if_log_is_too_long(driver)
        try:
            yield writer
        finally:
            # Given up, or not even rolled back: to close it does that, and lets go of the lock.
            if writer.invalidated or driver.in_transaction:
                driver.close()
                _close_writer(dialect)


def trouble(engine: Engine) -> str:
    """Why nothing can be written into the file, as far as one sees without a try; empty where it can."""
    file = cast(Dialect, engine.dialect).file
    return LOST if file and file.is_lost else ""


def _be_patient(writer: Connection, driver: sqlite3.Connection, seconds: float) -> None:
    """Wait for another program's lock for as long as is left, to a twentieth of a second."""
    wanted = round(seconds * 1000)
    if abs(wanted - writer.info[PATIENCE]) > 50:
        driver.execute(f"PRAGMA busy_timeout={wanted}")
        writer.info[PATIENCE] = wanted


def _writer(engine: Engine, dialect: Dialect) -> Connection:
    if dialect.writer is None or dialect.writes_for != os.getpid():
        writer = engine.connect()
        writer.detach()
        writer.info.update({WRITES: True, PATIENCE: USUAL_PATIENCE})
        cast(DatabaseFile, dialect.file).remember_log()
        dialect.writer, dialect.writes_for = writer, os.getpid()
    return dialect.writer


@event.listens_for(Engine, "engine_disposed")
def _dispose(engine: Engine) -> None:
    if isinstance(engine.dialect, Dialect):
        with turns.take():
            _close_writer(engine.dialect)
            if engine.dialect.file:
                engine.dialect.file.forget()


def _close_writer(dialect: Dialect) -> None:
    writer, dialect.writer = dialect.writer, None
    if writer is not None:
        writer.close()
        cast(DatabaseFile, dialect.file).forget_log()  # the last connection to close deletes it


def prepare(connection: sqlite3.Connection) -> None:
    """What is said over a new connection before it is used."""
    connection.isolation_level = None  # transactions begin where do_begin says, not where the driver guesses
    turn_on_wal(connection, LIMIT)
    for pragma in SETTINGS:
        connection.execute(f"PRAGMA {pragma}")
