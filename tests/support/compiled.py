"""What SQLAlchemy compiles of a statement, kept for the next app: each test's shop asks another database the same."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Connection, Engine

from smartcart.database.sqlite import Dialect

_compiled: dict[Any, Any] = {}


def compile_once() -> None:
    """From here on a statement is compiled once in this process for each kind of database.

    SQLAlchemy keeps it for an engine, by its dialect. A test took 10 ms for it: a tenth of one that shows two pages.
    """
    for kind in (Dialect, PGDialect_psycopg):
        kind.__eq__ = _is_alike  # type: ignore[method-assign, assignment]
        kind.__hash__ = _kind  # type: ignore[method-assign, assignment]
    event.listen(Engine, "engine_connect", _share)


def _is_alike(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)


def _kind(dialect: object) -> int:
    return hash(type(dialect))


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)
