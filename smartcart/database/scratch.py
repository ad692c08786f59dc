"""A database that is made for a drill at a PostgreSQL server, and dropped afterwards. By its name it is told from all
others: nothing else is ever dropped."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError

from smartcart.database.engine import engine_options

NAME = re.compile(r"smartcart_drill_[0-9a-f]{12}")
DRIVER = "postgresql+psycopg"
# https://www.postgresql.org/docs/current/errcodes-appendix.html, insufficient_privilege.
FORBIDDEN = "42501"
# Of how a server was reached, what is said once more of another database there, or was looked up to find it.
SAID_ANEW = ("dbname", "user", "service", "servicefile")


class ScratchError(Exception):
    """It could not be made, or not be dropped; `is_forbidden` where this user may not make any."""

    def __init__(self, what: str, error: DBAPIError) -> None:
        super().__init__(f"{what}: {' '.join(str(error.orig).split())}")
        self.is_forbidden = getattr(error.orig, "sqlstate", None) == FORBIDDEN


@contextmanager
def scratch_database(server: str, keep: bool = False) -> Iterator[str]:
    """One that is gone at the end, unless it is kept; returns SQLAlchemy's address. Raises ScratchError."""
    name = new_name()
    address = make(server, name)
    try:
        yield address
    finally:
        if not keep:
            drop(server, name)


def new_name() -> str:
    return f"smartcart_drill_{secrets.token_hex(6)}"


def make(server: str, name: str) -> str:
    """At the server to which SQLAlchemy's address of another database there leads; returns the new one's.

    Raises ScratchError, and leaves none; also where nobody is let in: a pooler may know no other database.
    """
    with _connected(server, what := f"create database {name}") as connection:
        connection.exec_driver_sql(what)
        address = _address(connection, name)
    try:
        with _connected(address, f"connect to {name}"):
            return address
    except ScratchError:
        drop(server, name)
        raise


def drop(server: str, name: str) -> None:
    """Whoever uses it still. Raises ScratchError, and ValueError for a name that is none of ours."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a drill's database")
    with _connected(server, what := f"drop database if exists {name}") as connection:
        connection.exec_driver_sql(f"{what} with (force)")


@contextmanager
def _connected(address: str, what: str) -> Iterator[Connection]:
    """For what is not done in a transaction. Raises ScratchError in place of what the database raises."""
    url = make_url(address).set(drivername=DRIVER).render_as_string(hide_password=False)
    connect_args = engine_options(url, 1)["connect_args"]
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=connect_args)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise ScratchError(what, error) from None
    finally:
        engine.dispose()


def _address(connection: Connection, database: str) -> str:
    """As this server was reached, also by PGPASSWORD and its like: whoever is told it needs to know nothing else."""
    reached: Any = connection.connection.driver_connection
    given = reached.info.get_parameters()
    other = {name: value for name, value in given.items() if name not in SAID_ANEW}
    url = URL.create(DRIVER, given["user"], reached.info.password or None, database=database, query=other)
    return url.render_as_string(hide_password=False)
