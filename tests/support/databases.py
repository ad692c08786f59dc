"""Databases for tests, on SQLite and on a real PostgreSQL: each a copy of one that was migrated once.

Which of the two a test is at is said by the fixture `databases` in conftest.py.
"""

import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, Protocol, cast

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database import tables
from smartcart.database.session import Session, db
from tests.support.postgresql import PostgreSQL
from tests.support.waiting import wait_for

SQLITE = "sqlite:///"
# For tests that are about one of them, or cost much and would tell nothing new on the other.
ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")
ON_POSTGRESQL = pytest.mark.parametrize("databases", ["postgresql"], indirect=True, scope="session")
# Where a folder's tests need but one, for those of them that are about what differs.
ON_BOTH = pytest.mark.parametrize("databases", ["sqlite", "postgresql"], indirect=True, scope="session")


class Databases(Protocol):
    """Where databases come from. They go by their addresses, as SMARTCART_DATABASE_URL has them."""

    def create(self, template: str = "") -> str:
        """A database as a copy of another that nobody uses, or without tables; returns its address."""
        ...

    def empty(self, database: str) -> None:
        """Take all rows out of a database that nobody uses and that was created from one without rows."""
        ...

    def give_back(self, database: str) -> None:
        """Nobody uses this one any more; it was created from one without rows."""
        ...


class SQLiteFiles:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._templates: dict[str, str] = {}

    def create(self, template: str = "") -> str:
        database = f"{SQLITE}{self._folder / f'shop-{next(self._numbers)}.sqlite3'}"
        self._templates[database] = template
        if template:
            shutil.copy(_file(template), _file(database))
        return database

    def empty(self, database: str) -> None:
        self.give_back(database)
        shutil.copy(_file(self._templates[database]), _file(database))

    def give_back(self, database: str) -> None:
        for leftover in self._folder.glob(_file(database).name + "*"):
            leftover.unlink()


# Of the databases on PostgreSQL: whoever makes some more on the same server meets none of those that it has already.
NUMBERS = count(1)


class PostgreSQLDatabases:
    """Databases of one server that runs. To make one takes 50 ms, to empty one a tenth: they are used again.

    Numbers of attempts are not given again: a gateway's thread that outlives its test finds none of its number in
    another's.
    """

    def __init__(self, server: PostgreSQL) -> None:
        self._server = server
        self._templates: dict[str, str] = {}
        self._spare: dict[str, list[str]] = defaultdict(list)

    def create(self, template: str = "") -> str:
        if self._spare[template]:
            return self._spare[template].pop()
        database = self._server.create(f"shop_{next(NUMBERS)}", _name(template) or "template1")
        self._templates[database] = template
        return database

    def empty(self, database: str) -> None:
        tables = [f"delete from {table.name}" for table in reversed(db.metadata.sorted_tables)]  # noqa: S608  # our own
        past_triggers = "set session_replication_role = replica"  # the trail is only ever added to, by all others
        as_in_a_new_shop = "alter sequence shop_order_id_seq restart"
        self._server.execute("; ".join([past_triggers, *tables, as_in_a_new_shop]), database=_name(database))

    def give_back(self, database: str) -> None:
        self.empty(database)
        self._spare[self._templates[database]].append(database)


def migrate(database: str, folder: Path) -> None:
    """Make the tables. The shop's other files come into the folder."""
    settings = Settings(database_url=database, secret_key="x" * 32, sandbox_ledger=folder / "ledger.sqlite3")
    app = create_app(settings)
    tables.bring_up_to_date(app)
    with app.app_context():
        db.engine.dispose()  # SQLite: the last connection to close moves the write-ahead log into the file


def look_into(database: Path | str, query: str, *values: object) -> list[Any]:
    """Ask a database, or a file of SQLite's, past the shop. `?` stands for a value; moments are UTC."""
    with _connected(database) as connection:
        return connection.execute(_placed(query, connection), values).fetchall()


def write_into(database: Path | str, statement: str, *values: object) -> None:
    """Change a database, or a file of SQLite's, past the shop."""
    with _connected(database) as connection, connection:
        connection.execute(_placed(statement, connection), values)


def in_transaction() -> bool:
    """Whether whoever asks has a transaction open."""
    session = cast(Session, db.session())
    return session.in_transaction() or session.writes_on is not None


_engines: set[Engine] = set()


@event.listens_for(Engine, "engine_connect")
def _remember(connection: Connection) -> None:
    _engines.add(connection.engine)


def close_connections() -> None:
    """End what the apps of a test keep open, however many there were: nobody else will.

    A thread of a gateway pool may still be writing down what it was told; that takes it milliseconds.
    """
    while _engines:
        engine = _engines.pop()
        wait_for(lambda: engine.pool.checkedout() == 0)  # noqa: B023
        engine.dispose()


def _file(database: str) -> Path:
    return Path(database.removeprefix(SQLITE))


def _name(database: str) -> str:
    return make_url(database).database or "" if database else ""


def _connected(database: Path | str) -> Any:
    if str(database).startswith("postgresql://"):
        return closing(psycopg.connect(str(database), options="-c timezone=UTC"))
    return closing(sqlite3.connect(str(database).removeprefix(SQLITE), timeout=10))


def _placed(statement: str, connection: Any) -> str:
    """The statement with the driver's own placeholders."""
    return statement.replace("?", "%s") if isinstance(connection, psycopg.Connection) else statement
