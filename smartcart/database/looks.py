"""Questions outside of any transaction, put to the database's driver itself: what they see is on record at that moment.

SQLAlchemy takes five times as long as the question itself for what it does around it: a connection from the pool, a
transaction that is begun and rolled back, a cursor, rows with names.
docs/decisions/0027-questions-outside-of-transactions.md
"""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn, Protocol
from weakref import WeakKeyDictionary, proxy

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

Row = Sequence[Any]
Rows = Sequence[Row]
# As the dialect of the looks writes it, with its values.
Question = tuple[str, Sequence[Any]]


class Looks:
    """Looks at one database, from any number of threads; those at PostgreSQL `go_by_libpq`.

    Its connections are the engine's, made as all others are, and kept apart from the pool: as many as there have been
    looks at once. They are closed when the engine is told to close its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = proxy(engine)  # who has it knows these looks
        self.go_by_libpq = engine.dialect.name == "postgresql"
        self.dialect: Dialect = engine.dialect
        self._driver_of: Callable[[Connection], _Driver] = _AtSQLite
        if self.go_by_libpq:
            from smartcart.database import libpq  # and with it psycopg: a shop on SQLite does without

            self.dialect, self._driver_of = libpq.DIALECT, libpq.libpq_of
            libpq.take_along(engine)
        self._error = engine.dialect.loaded_dbapi.Error
        # By process: a connection that was there before a fork is the parent's.
        self._idle: dict[int, list[tuple[Connection, _Driver]]] = defaultdict(list)
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """What it finds, as the driver gives it. `sql` is as `dialect` writes it. Raises what SQLAlchemy would."""
        return self.rows_of_each([(sql, values)])[0]

    def rows_of_each(self, questions: Sequence[Question]) -> list[Rows]:
        """The same of several questions, which are asked together where that is possible.

        After a restart of the database the first meet a connection that has ended, and are put once more.
        """
        try:
            return self._ask(questions)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        self.close()
        return self._ask(questions)

    def driver_of(self, at_work: Connection) -> Any:
        """What carries statements out in a transaction of this database: its `execute` returns a cursor."""
        return self._driver_of(at_work) if self.go_by_libpq else at_work.connection.dbapi_connection

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        idle = self._idle[os.getpid()]
        with suppress(IndexError):  # another thread may have taken the last
            while True:
                idle.pop()[0].close()

    def _ask(self, questions: Sequence[Question]) -> list[Rows]:
        idle = self._idle[os.getpid()]
        try:
            connection, driver = idle.pop()
        except IndexError:
            connection, driver = self._connect()
        try:
            found = driver.ask(questions)
        except self._error as error:
            _tell(connection, error, "; ".join(sql for sql, _ in questions))
        idle.append((connection, driver))
        return found

    def _connect(self) -> "tuple[Connection, _Driver]":
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection, self._driver_of(connection)


class _Driver(Protocol):
    """How a connection's driver is asked."""

    def ask(self, questions: Sequence[Question]) -> list[Rows]: ...


class _AtSQLite:
    def __init__(self, connection: Connection) -> None:
        self._cursor: sqlite3.Cursor = connection.connection.cursor()  # type: ignore[assignment]

    def ask(self, questions: Sequence[Question]) -> list[Rows]:
        """Several in one transaction: to begin and end one is a third of what they take."""
        if len(questions) == 1:
            return [self._rows(*questions[0])]
        self._cursor.execute("BEGIN")
        found = [self._rows(sql, values) for sql, values in questions]
        self._cursor.execute("COMMIT")
        return found

    def _rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """All at once: so SQLite knows that the reading has ended."""
        return self._cursor.execute(sql, values).fetchall()


def _tell(connection: Connection, error: Exception, sql: str) -> NoReturn:
    """SQLAlchemy's own way with an error, so that all who listen hear of it; nothing public leads there.

    The connection is closed: it is not known what state it is in.
    """
    try:
        connection._handle_dbapi_exception(error, sql, None, None, None)  # noqa: SLF001
    finally:
        connection.close()


_KNOWN: WeakKeyDictionary[Engine, Looks] = WeakKeyDictionary()


def looks_of(engine: Engine) -> Looks:
    """Those at this engine's database, the same at every call."""
    return _KNOWN.get(engine) or _KNOWN.setdefault(engine, Looks(engine))
