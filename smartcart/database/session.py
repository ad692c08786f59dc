"""The database: one SQLAlchemy session per request or job, typed columns, and whose turn it is to write.

On SQLite one writes at a time, in turn (`sqlite.py`).

On PostgreSQL many write at once, and whoever changes a row holds it. So that no two ever wait for each other, all take
what they need in one order: the payment session, the merchant's order, the order, the shopper's queue for the cart,
products by their ids, lines of carts. Whoever brings goods back into a cart has their products, so needs no queue.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import has_request_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as OfFlask
from sqlalchemy.orm import DeclarativeBase

from smartcart.database import foreseen, postgresql, sqlite

# Alembic can only alter a constraint that has a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMES)


class Session(OfFlask):
    """It joins the transaction that `writing` has begun when it first has to do: most of those need no entity."""

    writes_on: sa.Connection | None = None

    def get_bind(self, *args: Any, **named: Any) -> sa.Engine | sa.Connection:
        return self.writes_on or super().get_bind(*args, **named)


# Rows stay readable after the commit: what was just written is shown without asking again, and without a transaction.
db = SQLAlchemy(model_class=Base, session_options={"class_": Session, "expire_on_commit": False})


@contextmanager
def writing() -> Iterator[None]:
    """One write transaction on `db.session`: committed at the end, rolled back on any exception.

    What was loaded before is read again inside. Not to be nested, and the gateway is never called inside.
    """
    session = cast(Session, db.session())
    foreseen.forget()
    session.rollback()
    session.expire_all()  # a rollback outside of a transaction forgets nothing
    with sqlite.turn_to_write(db.engine, has_request_context()) if is_sqlite() else db.engine.connect() as at_work:
        session.writes_on = at_work
        try:
            at_work.begin()
            yield
            session.flush()
            at_work.commit()
            if session.in_transaction():
                session.commit()  # it has nothing more to write, and learns that this is over
        except BaseException:
            session.rollback()
            at_work.rollback()
            raise
        finally:
            session.writes_on = None


def execute(statement: sa.Executable, values: Any = None) -> sa.CursorResult[*tuple[Any, ...]]:
    """Carry a statement out past the unit of work, in the transaction that is open.

    `values` are by name, or a list of such for many rows.
    """
    return connection().execute(statement, values)


def leave_transaction() -> None:
    """End the one that is open, if any: what is read from now on is read anew."""
    if db.session.registry.has():  # and no session is made only to be ended
        db.session.rollback()


def open_transaction() -> sa.Connection | None:
    """The connection of the transaction, or the savepoint, that is open; None where none is."""
    if not db.session.registry.has():
        return None
    session = cast(Session, db.session())
    return connection() if session.writes_on or session.in_transaction() else None


def connection() -> sa.Connection:
    """That of the transaction, or the savepoint, that is open; where none is, one is begun."""
    session = cast(Session, db.session())
    if session.writes_on is None or session.in_nested_transaction():
        return session.connection()
    return session.writes_on


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def is_pooled() -> bool:
    """Whether there is a pooler, such as PgBouncer, between us and PostgreSQL."""
    return postgresql.is_pooled(connection())


def trouble() -> str:
    """What keeps the shop from writing, as far as one sees without a try; empty where nothing does."""
    return sqlite.trouble(db.engine) if is_sqlite() else ""


def leave_one_file() -> None:
    """SQLite's last connection to close moves the write-ahead log into the file, which is then whole without it."""
    if is_sqlite() and Path(db.engine.url.database or "").exists():  # it would be made anew
        db.engine.connect().close()
        db.engine.dispose()
