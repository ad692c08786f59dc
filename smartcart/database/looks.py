"""Questions outside of any transaction, put to the database's driver itself: what they see is on record at that moment.

SQLAlchemy takes five times as long as the question itself for what it does around it: a connection from the pool, a
transaction that is begun and rolled back, a cursor, rows with names.
docs/decisions/0027-questions-outside-of-transactions.md
"""

import os
import select
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol
from weakref import WeakKeyDictionary, proxy

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

from smartcart.database.postgresql import is_pooled

Row = Sequence[Any]
Rows = Sequence[Row]
# As the dialect of the looks writes it, with its values.
Question = tuple[str, Sequence[Any]]
# Values by their numbers, as libpq has them; psycopg's own cursors have them by name.
_FOR_LIBPQ = PGDialect_psycopg(paramstyle="numeric_dollar")


class Looks:
    """Looks at one database, from any number of threads; whether they `are_waited_for`, asleep.

    Its connections are the engine's, made as all others are, and kept apart from the pool: as many as there have been
    looks at once. They are closed when the engine is told to close its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = proxy(engine)  # who has it knows these looks
        self.are_waited_for = engine.dialect.name == "postgresql"
        self.dialect: Dialect = _FOR_LIBPQ if self.are_waited_for else engine.dialect
        self._error = engine.dialect.loaded_dbapi.Error
        # By process: a connection that was there before a fork is the parent's.
        self._idle: dict[int, list[_Driver]] = defaultdict(list)
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

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        idle = self._idle[os.getpid()]
        while idle:
            idle.pop().connection.close()

    def _ask(self, questions: Sequence[Question]) -> list[Rows]:
        idle = self._idle[os.getpid()]
        try:
            driver = idle.pop()
        except IndexError:
            driver = self._connect()
        try:
            found = driver.ask(questions)
        except self._error as error:
            _tell(driver.connection, error, "; ".join(sql for sql, _ in questions))
        idle.append(driver)
        return found

    def _connect(self) -> "_Driver":
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        ours: Any = connection.connection.dbapi_connection
        return _AtPostgreSQL(connection, ours) if isinstance(ours, psycopg.Connection) else _AtSQLite(connection, ours)


class _Driver(Protocol):
    """A connection, and how its driver is asked."""

    connection: Connection

    def ask(self, questions: Sequence[Question]) -> list[Rows]: ...


class _AtSQLite:
    def __init__(self, connection: Connection, driver: sqlite3.Connection) -> None:
        self.connection, self._cursor = connection, driver.cursor()

    def ask(self, questions: Sequence[Question]) -> list[Rows]:
        # All rows at once: so SQLite knows that the reading has ended.
        return [self._cursor.execute(sql, values).fetchall() for sql, values in questions]


class _AtPostgreSQL:
    """By libpq itself: psycopg's cursors take twice as long.

    Prepared, and several at once, unless a pooler may have another server process answer, which would know nothing of
    that.
    """

    def __init__(self, connection: Connection, driver: psycopg.Connection[Any]) -> None:
        self.connection, self._driver, self._libpq = connection, driver, driver.pgconn
        self._values = Transformer(driver)
        self._is_pooled = is_pooled(driver)
        self._prepared: dict[str, bytes] = {}
        self._socket = select.poll()

    def ask(self, questions: Sequence[Question]) -> list[Rows]:
        if len(questions) > 1 and not self._is_pooled:
            return self._ask_together(questions)
        return [self._ask_one(*question) for question in questions]

    def _ask_one(self, sql: str, values: Sequence[Any]) -> Rows:
        if self._is_pooled:
            return self._read(self._libpq.exec_params(sql.encode(), self._given(values)))
        return self._read(self._libpq.exec_prepared(self._name(sql), self._given(values)))

    def _ask_together(self, questions: Sequence[Question]) -> list[Rows]:
        """Sent at once, and waited for once (https://www.postgresql.org/docs/current/libpq-pipeline-mode.html): to fall
        asleep and wake up takes longer than all else about a question. Each sees what is on record in its own turn.
        """
        named = [(self._name(sql), self._given(values)) for sql, values in questions]
        self._libpq.enter_pipeline_mode()
        for name, given in named:
            self._libpq.send_query_prepared(name, given)
        self._libpq.pipeline_sync()
        results = [self._only_result() for _ in questions]
        self._result()  # that this was all
        self._libpq.exit_pipeline_mode()
        return list(map(self._read, results))

    def _only_result(self) -> Any:
        """Of the next question, which has one and then none."""
        result = self._result()
        self._result()
        return result

    def _result(self) -> Any:
        """The next, once it is there. Who waits in libpq itself has all other threads wait as well."""
        while self._libpq.is_busy():
            is_on_its_way = select.POLLOUT if self._libpq.flush() else 0
            self._socket.register(self._libpq.socket, select.POLLIN | is_on_its_way)
            self._socket.poll()
            self._libpq.consume_input()
        return self._libpq.get_result()

    def _given(self, values: Sequence[Any]) -> Any:
        return self._values.dump_sequence(values, [PyFormat.TEXT] * len(values))

    def _read(self, result: Any) -> Rows:
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result, self._driver.info.encoding)
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _name(self, sql: str) -> bytes:
        return self._prepared.get(sql) or self._prepare(sql)

    def _prepare(self, sql: str) -> bytes:
        name = b"look %d" % len(self._prepared)
        result = self._libpq.prepare(name, sql.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result, self._driver.info.encoding)
        self._prepared[sql] = name
        return name


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
