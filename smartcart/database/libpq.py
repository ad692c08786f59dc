"""Statements that libpq itself carries out at PostgreSQL: psycopg's cursors take two to three times as long.

Loaded with psycopg, which a shop on SQLite does without. docs/decisions/0036-statements-by-libpq.md
"""

import select
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InFailedSqlTransaction, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Engine

from smartcart.database.postgresql import is_pooled

if TYPE_CHECKING:
    from smartcart.database.looks import Question, Row, Rows

# Values by their numbers, as libpq has them; psycopg's own cursors have them by name.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")
BEGIN: "Question" = ("BEGIN", ())
COMMIT: "Question" = ("COMMIT", ())
WENT_WELL = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# Of a connection: what has been prepared over it is so until it ends.
_KEPT = "libpq"


class Done(NamedTuple):
    """What became of a statement, by the names that a driver's cursor has for it."""

    rows: "Rows"
    rowcount: int

    def fetchall(self) -> "Rows":
        return self.rows


class Libpq:
    """A connection at PostgreSQL. Raises psycopg's errors, as its cursors do.

    Statements are prepared, and several sent at once, unless a pooler may have another server process answer, which
    would know nothing of that.
    """

    def __init__(self, connection: Connection) -> None:
        self._driver: psycopg.Connection[Any] = _driver_of(connection)
        self._libpq = self._driver.pgconn
        self._values = Transformer(self._driver)
        self._is_pooled = is_pooled(connection)
        self._prepared: dict[str, bytes] = {}
        self._along: list[Question] = []
        self._socket = select.poll()

    def ask(self, questions: "Sequence[Question]") -> "list[Rows]":
        """What each finds, outside of any transaction."""
        return [self._rows(result) for result in self._carry_out(questions)]

    def execute(self, sql: str, values: "Row") -> Done:
        """Carry one out in the transaction, which begins with it if none has begun: as psycopg's own cursors do it."""
        *_, result = self._carry_out([*self._before(), (sql, values)])
        return Done(self._rows(result), result.command_tuples or 0)

    def send_along(self, sql: str, values: "Row") -> None:
        """Carry one out together with the next of the transaction, or at its end: nobody asks what became of it, but
        that it is part of the transaction. An error of it is raised there."""
        questions = [*self._before(), (sql, values)]
        if self._is_pooled:
            self._carry_out(questions)
        else:
            self._along = questions

    def send_rest(self) -> None:
        """Carry out what was to go along and has not gone: another driver's statement comes next."""
        if self._along:
            self._carry_out(self._before())

    def commit(self) -> None:
        """End the transaction, if one has begun, with what was to go along: psycopg then has nothing to end.

        PostgreSQL answers with ROLLBACK, and no error, where a statement of it has failed and somebody went on.
        """
        if self._along or self._libpq.transaction_status != TransactionStatus.IDLE:
            *_, result = self._carry_out([*self._before(), COMMIT])
            if result.command_status != b"COMMIT":
                raise InFailedSqlTransaction("the transaction was undone, for a statement of it has failed")

    def forget_along(self) -> None:
        """A transaction begins, and what was to go along with one before it is gone with that."""
        self._along = []

    def _before(self) -> "list[Question]":
        """What goes before the next statement: what was to go along, or else BEGIN, where no transaction has begun."""
        along, self._along = self._along, []
        is_idle = self._libpq.transaction_status == TransactionStatus.IDLE
        return along or ([BEGIN] if is_idle else [])

    def _carry_out(self, questions: "Sequence[Question]") -> list[Any]:
        if len(questions) > 1 and not self._is_pooled:
            return self._together(questions)
        return [self._one(*question) for question in questions]

    def _one(self, sql: str, values: "Row") -> Any:
        if self._is_pooled:
            return self._right(self._libpq.exec_params(sql.encode(), self._given(values)))
        return self._right(self._libpq.exec_prepared(self._name(sql), self._given(values)))

    def _together(self, questions: "Sequence[Question]") -> list[Any]:
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
        return list(map(self._right, results))

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

    def _given(self, values: "Row") -> Any:
        return self._values.dump_sequence(values, [PyFormat.TEXT] * len(values))

    def _rows(self, result: Any) -> "Rows":
        if result.status != ExecStatus.TUPLES_OK:
            return []
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _name(self, sql: str) -> bytes:
        return self._prepared.get(sql) or self._prepare(sql)

    def _prepare(self, sql: str) -> bytes:
        name = b"statement %d" % len(self._prepared)
        self._right(self._libpq.prepare(name, sql.encode()))
        self._prepared[sql] = name
        return name

    def _right(self, result: Any) -> Any:
        """The same, if it is no error."""
        if result.status in WENT_WELL:
            return result
        error = error_from_result(result, self._driver.info.encoding)
        # What libpq itself says, and not the server, has no code: the connection has ended.
        raise error if error.sqlstate else psycopg.OperationalError(str(error))


def libpq_of(connection: Connection) -> Libpq:
    """The same for as long as the connection to the server lasts."""
    kept: Libpq = connection.info.get(_KEPT) or connection.info.setdefault(_KEPT, Libpq(connection))
    return kept


def take_along(engine: Engine) -> None:
    """Nothing that is to go along stays behind: what SQLAlchemy sends of its own comes after it, as does the end."""
    event.listen(engine, "begin", lambda connection: _have_done(connection, Libpq.forget_along))
    event.listen(engine, "before_cursor_execute", lambda connection, *_: _have_done(connection, Libpq.send_rest))
    event.listen(engine, "commit", lambda connection: _have_done(connection, Libpq.commit))


def _have_done(connection: Connection, work: Callable[[Libpq], None]) -> None:
    kept: Libpq | None = connection.info.get(_KEPT)
    try:
        if kept is not None:
            work(kept)
    except psycopg.Error as error:
        # SQLAlchemy's own way with an error, which it takes after its listeners only; nothing public leads there.
        connection._handle_dbapi_exception(error, None, None, None, None)  # noqa: SLF001


def _driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
