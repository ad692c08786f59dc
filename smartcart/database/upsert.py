"""Insert a row, or change the one that is there: in one statement, so that two who do it at once never collide.

Both databases say it the same way: https://www.sqlite.org/lang_upsert.html follows PostgreSQL's ON CONFLICT. SQLAlchemy
has it in each dialect of its own: https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#insert-on-conflict-upsert.
That of the other database is not loaded.
"""

from importlib import import_module
from typing import Any

from sqlalchemy import inspect

from smartcart.database.session import Base, db, execute


def insert_new(model: type[Base], **values: Any) -> bool:
    """Insert a row in the transaction that is open. Returns False when there is one of its key already, or by then."""
    added = insert_into(model).on_conflict_do_nothing().returning(*inspect(model).primary_key)
    return execute(added, values).first() is not None


def insert_into(model: type[Base]) -> Any:
    """Returns an insert that takes `on_conflict_do_nothing`, or `on_conflict_do_update` with the values `excluded`."""
    return insert_of(db.engine.dialect.name)(model)


def insert_of(database: str) -> Any:
    """Returns what makes such an insert into a table: SQLAlchemy's `insert` for the database of that name."""
    return import_module(f"sqlalchemy.dialects.{database}").insert
