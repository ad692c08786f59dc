"""The database: one SQLAlchemy session per request or job, typed columns, and whose turn it is to write.

SQLite runs in WAL mode with full sync, and every write transaction begins as IMMEDIATE: a transaction that reads first
and writes later would otherwise fail on the upgrade when another writer was faster.
"""

import enum
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase

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


# Rows stay readable after the commit: what was just written is shown without asking again, and without a transaction.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

# Writers of one process queue here. SQLite's own busy wait is unfair: of 8 threads the unluckiest waited 3 s for its
# turn, behind this lock 0.2 s.
_turn = threading.Lock()


@contextmanager
def writing() -> Iterator[None]:
    """One write transaction on `db.session`: committed at the end, rolled back on any exception.

    What was loaded before is read again inside. Not to be nested, and the gateway is never called inside.
    """
    db.session.rollback()
    db.session.expire_all()  # a rollback outside of a transaction forgets nothing
    with _turn if db.engine.dialect.name == "sqlite" else nullcontext():
        try:
            db.session.connection(execution_options={"smartcart_writes": True})
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def stored_enum(values: type[enum.StrEnum], name: str = "") -> sa.Enum:
    """A column type that stores the values of an enum as text and lets the database refuse any other.

    `name` is the constraint's; two columns of one table that share an enum need one each.
    """
    return sa.Enum(
        values,
        name=name or values.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda kind: [member.value for member in kind],
    )


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("smartcart_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
