"""How `looks` are taken at PostgreSQL: with psycopg, which a shop on SQLite does not load."""

import select
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from smartcart.database.postgresql import is_pooled

if TYPE_CHECKING:
    from smartcart.database.looks import Question, Rows

# Values by their numbers, as libpq has them; psycopg's own cursors have them by name.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")


class AtPostgreSQL:
    """By libpq itself: psycopg's cursors take twice as long.

    Prepared, and several at once, unless a pooler may have another server process answer, which would know nothing of
    that.
    """

    def __init__(self, connection: Connection, driver: Any) -> None:
        self.connection = connection
        self._driver: psycopg.Connection[Any] = driver
        self._libpq = driver.pgconn
        self._values = Transformer(driver)
        self._is_pooled = is_pooled(driver)
        self._prepared: dict[str, bytes] = {}
        self._socket = select.poll()

    def ask(self, questions: "Sequence[Question]") -> "list[Rows]":
        if len(questions) > 1 and not self._is_pooled:
            return self._ask_together(questions)
        return [self._ask_one(*question) for question in questions]

    def _ask_one(self, sql: str, values: Sequence[Any]) -> "Rows":
        if self._is_pooled:
            return self._read(self._libpq.exec_params(sql.encode(), self._given(values)))
        return self._read(self._libpq.exec_prepared(self._name(sql), self._given(values)))

    def _ask_together(self, questions: "Sequence[Question]") -> "list[Rows]":
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

    def _read(self, result: Any) -> "Rows":
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result, self._driver.info.encoding)
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _name(self, sql: str) -> bytes:
        return self._prepared.get(sql) or self._prepare(sql)

    def _prepare(self, sql: str) -> bytes:
        name = b"look %d" % len(self._prepared)
        result = self._libpq.prepare(name, sql.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result, self._driver.info.encoding)
        self._prepared[sql] = name
        return name
