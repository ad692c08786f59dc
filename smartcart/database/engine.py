"""How SQLAlchemy is connected to the database, and what it keeps to itself of a statement that failed."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext, make_url
from sqlalchemy.exc import IntegrityError

from smartcart.database import postgresql, sqlite


def engine_options(address: str, connections: int) -> dict[str, Any]:
    """What SQLAlchemy is told of the database at `address`, which so many threads use at their busiest."""
    options: dict[str, Any] = {
        # They are held for milliseconds; those beyond the first 16 are closed again when the rush is over.
        "pool_size": 16,
        "max_overflow": max(0, connections - 16),
        "hide_parameters": True,  # what a failed statement was given (names, e-mail addresses) is not for the log
    }
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = {
            name: value for name, value in postgresql.CONNECTING.items() if name not in url.query
        }
    return options


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        sqlite.prepare(connection)


@event.listens_for(Engine, "handle_error")
def _tell_no_row(context: ExceptionContext) -> None:
    """PostgreSQL tells, from the second line on, the row that it refused: names and addresses, not for the log."""
    if isinstance(context.sqlalchemy_exception, IntegrityError):
        for error in (context.sqlalchemy_exception, context.original_exception):
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])
