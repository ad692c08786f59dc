"""What a shop sends to its database, written down as it goes, and sent again through the bare driver.

Statement by statement, to a copy of the database as it was before.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast
from unittest.mock import patch

import psycopg
from sqlalchemy import event

from bench.rig import SQLITE
from smartcart.database.libpq import Libpq
from smartcart.database.session import db, is_sqlite

# A statement with its values, or the end of a transaction.
Sent = tuple[str, Any]


@contextmanager
def listening(sent: list[Sent]) -> Iterator[None]:
    """Write down what the app at work sends to its database, at the driver: the shop does not always go by SQLAlchemy.

    A look at PostgreSQL outside of any transaction is not heard.
    """
    listeners = _at_sqlite(sent) if is_sqlite() else _at_postgresql(sent)
    for name, listener in listeners.items():
        event.listen(db.engine, name, listener)
    db.engine.dispose()  # the connections that are there already have nobody who listens
    with _at_libpq(sent):
        yield
    for name, listener in listeners.items():
        event.remove(db.engine, name, listener)


def _at_sqlite(sent: list[Sent]) -> dict[str, Callable[..., None]]:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, values: Any = ()) -> "Cursor":
            sent.append((statement, values))
            super().execute(statement, values)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, statement: str, values: Any = ()) -> Cursor:
            return cast(Cursor, self.cursor().execute(statement, values))

        def commit(self) -> None:
            sent.append(("commit", None))
            super().commit()

        def rollback(self) -> None:
            sent.append(("rollback", None))
            super().rollback()

    return {"do_connect": lambda dialect, record, arguments, options: options.update(factory=Connection)}


def _at_postgresql(sent: list[Sent]) -> dict[str, Callable[..., None]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, statement: Any, values: Any = None, **options: Any) -> "Cursor":
            sent.append((statement, values))
            super().execute(statement, values, **options)
            return self

    return {
        "do_connect": lambda dialect, record, arguments, options: options.update(cursor_factory=Cursor),
        "commit": lambda connection: sent.append(("commit", None)),
        "rollback": lambda connection: sent.append(("rollback", None)),
    }


@contextmanager
def _at_libpq(sent: list[Sent]) -> Iterator[None]:
    with _heard(sent, "execute"), _heard(sent, "send_along"):
        yield


def _heard(sent: list[Sent], name: str) -> AbstractContextManager[object]:
    carry_out = getattr(Libpq, name)

    def heard(libpq: Libpq, sql: str, values: Sequence[Any]) -> Any:
        sent.append((sql, values))
        return carry_out(libpq, sql, values)

    return patch.object(Libpq, name, heard)


def send_again(driver: Any, sent: Sequence[Sent]) -> None:
    """All of it, in its order."""
    ends = {"commit": driver.commit, "rollback": driver.rollback}
    for statement, values in sent:
        if end := ends.get(statement):
            end()
        elif "$1" in statement:  # as libpq has values, and psycopg where it is told so
            psycopg.RawCursor(driver).execute(statement, values)
        else:
            driver.execute(statement, values)


def connect(database: str, url: str) -> Any:
    """The driver itself, set up as the shop's connections are."""
    if database != SQLITE:
        return psycopg.connect(url.replace("+psycopg", ""))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"pragma {pragma}")
    return connection
