"""Insert a row, or change the one that is there: in one statement, so that two who do it at once never collide.

Both databases say it the same way: https://www.sqlite.org/lang_upsert.html follows PostgreSQL's ON CONFLICT. SQLAlchemy
has it in each dialect of its own: https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#insert-on-conflict-upsert.
"""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite

from smartcart.database.session import Base, db, execute


def insert_new(model: type[Base], **values: Any) -> bool:
    """Insert a row in the transaction that is open. Returns False when there is one of its key already, or by then."""
    added = insert_into(model).on_conflict_do_nothing().returning(*inspect(model).primary_key)
    return execute(added, values).first() is not None


def insert_into(model: type[Base]) -> Any:
    """Returns an insert that takes `on_conflict_do_nothing`, or `on_conflict_do_update` with the values `excluded`."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name](model)
