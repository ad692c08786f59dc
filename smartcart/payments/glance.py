"""A look at one session by the bare driver: what SQLAlchemy adds to a question costs five times the question.

Each look is a question of its own, outside of any transaction: what it sees is on record at that moment.
"""

import os
from collections import defaultdict
from typing import Any

from sqlalchemy import bindparam, event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.payments.models import PaymentSession
from smartcart.payments.snapshot import COLUMNS, Snapshot
from smartcart.shop.models import Order

_WANTED = [*(PaymentSession.__table__.c[name] for name in COLUMNS), Order.__table__.c.token]
_QUESTION = (
    select(*_WANTED)
    .select_from(PaymentSession)
    .outerjoin(PaymentSession.order)
    .where(PaymentSession.id == bindparam("id"))
)


class Glance:
    """Looks at sessions, from any number of threads.

    Its connections are the engine's, made as all others are, and kept apart from the pool: as many as there have been
    looks at once. They are closed when the engine is told to close its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, dialect = engine, engine.dialect
        self._question = _QUESTION.compile(dialect=dialect)
        self._convert = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in _WANTED]
        self._errors = (SQLAlchemyError, dialect.loaded_dbapi.Error)
        # By process: a connection that was there before a fork is the parent's.
        self._idle: dict[int, list[Any]] = defaultdict(list)
        event.listen(engine, "engine_disposed", lambda _: self.close())

    def at(self, session_id: str) -> Snapshot | None:
        """The session as it is on record now; None if there is none, or the database does not answer."""
        row = None
        # Twice: after a restart of the database the first question meets a connection that has ended.
        for _ in range(2):
            try:
                row = self._ask(session_id)
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

    def _ask(self, session_id: str) -> Any:
        idle = self._idle[os.getpid()]
        try:
            cursor = idle.pop()
        except IndexError:
            cursor = self._connect()
        values = (session_id,) if self._question.positional else {"id": session_id}
        # All rows, of which there is one: so SQLite knows that the reading has ended.
        rows = cursor.execute(self._question.string, values).fetchall()
        idle.append(cursor)
        return rows[0] if rows else None

    def _connect(self) -> Any:
        ours = self._engine.raw_connection()
        ours.detach()
        connection: Any = ours.dbapi_connection
        self._engine.dialect.set_isolation_level(connection, "AUTOCOMMIT")
        return connection.cursor()
