"""A look at one session by the bare driver: what SQLAlchemy adds to a question costs five times the question.

Each look is a question of its own, outside of any transaction: what it sees is on record at that moment.
"""

import os
import sqlite3
from collections import defaultdict
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from sqlalchemy import bindparam, case, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.postgresql import is_pooled
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.page.snapshot import COLUMNS, Snapshot
from smartcart.shop.models import Order

_WANTED = [*(PaymentSession.__table__.c[name] for name in COLUMNS), Order.__table__.c.token]
# Whoever has seen this version has seen the order: among a million a look at that, too, takes half as long again.
_ORDER = case((PaymentSession.version != bindparam("seen"), PaymentSession.order_id))
_QUESTION = (
    select(*_WANTED)
    .select_from(PaymentSession)
    .outerjoin(Order, Order.id == _ORDER)
    .where(PaymentSession.id == bindparam("id"))
)


class Glance:
    """Looks at sessions, from any number of threads.

    Its connections are the engine's, made as all others are, and kept apart from the pool: as many as there have been
    looks at once. They are closed when the engine is told to close its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, dialect = engine, engine.dialect
        self._convert = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in _WANTED]
        self._errors = (SQLAlchemyError, dialect.loaded_dbapi.Error)
        # By process: a connection that was there before a fork is the parent's.
        self._idle: dict[int, list[Any]] = defaultdict(list)
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def at(self, session_id: str, seen: int = -1) -> Snapshot | None:
        """The session as it is on record now; None if there is none, or the database does not answer.

        Where its version is the one that was `seen`, nothing is said of its order.
        """
        row = None
        # Twice: after a restart of the database the first question meets a connection that has ended.
        for _ in range(2):
            try:
                row = self._ask(seen, session_id)
                break
            except self._errors:
                self.close()
        if row is None:
            return None
        values: Any = [to(value) if to else value for value, to in zip(row, self._convert, strict=True)]
        return Snapshot(*values)

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        idle = self._idle[os.getpid()]
        while idle:
            idle.pop().connection.close()

    def _ask(self, seen: int, session_id: str) -> Any:
        idle = self._idle[os.getpid()]
        try:
            question = idle.pop()
        except IndexError:
            question = self._connect()
        rows = question.ask(seen, session_id)
        idle.append(question)
        return rows[0] if rows else None

    def _connect(self) -> "_AtSQLite | _AtPostgreSQL":
        ours = self._engine.raw_connection()
        ours.detach()
        connection: Any = ours.dbapi_connection
        self._engine.dialect.set_isolation_level(connection, "AUTOCOMMIT")
        return _AtPostgreSQL(connection) if isinstance(connection, psycopg.Connection) else _AtSQLite(connection)


class _AtSQLite:
    """The question over one connection to SQLite."""

    _SQL = _QUESTION.compile(dialect=sqlite.dialect()).string

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection, self._cursor = connection, connection.cursor()

    def ask(self, seen: int, session_id: str) -> list[Any]:
        # All rows, of which there is one: so SQLite knows that the reading has ended.
        return self._cursor.execute(self._SQL, (seen, session_id)).fetchall()


class _AtPostgreSQL:
    """The question over one connection to PostgreSQL, put to libpq itself: psycopg's cursors take twice as long.

    Prepared, unless a pooler may have another server process answer it, which would know nothing of that.
    """

    _NAME = b"a look"
    _SQL = _QUESTION.compile(dialect=postgresql.dialect(paramstyle="numeric_dollar")).string

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection, self._libpq, self._values = connection, connection.pgconn, Transformer(connection)
        self._is_prepared = not is_pooled(connection)
        if self._is_prepared:
            self._libpq.prepare(self._NAME, self._SQL.encode())

    def ask(self, seen: int, session_id: str) -> list[Any]:
        values = [b"%d" % seen, session_id.encode()]
        if self._is_prepared:
            result = self._libpq.exec_prepared(self._NAME, values)
        else:
            result = self._libpq.exec_params(self._SQL.encode(), values)
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)
