"""Indexes of those rows alone that are looked for: a few of many.

An index that is told something of PostgreSQL loads PostgreSQL's dialect: 2 MB, and a thirtieth of a start, which a shop
on SQLite has no use for. So each is told that only where tables change (`tables.py`): of nothing else does it matter.
"""

from typing import Any

from sqlalchemy import Index, MetaData, TextClause


def partial_index(name: str, *columns: Any, of: TextClause, unique: bool = False) -> Index:
    """Returns an index of the rows of which that is so."""
    return Index(name, *columns, unique=unique, sqlite_where=of)


def tell_postgresql(tables: MetaData) -> None:
    """On PostgreSQL each is to be of the same rows as on SQLite."""
    for table in tables.tables.values():
        for index in table.indexes:
            if (of := index.dialect_options["sqlite"]["where"]) is not None:
                index.dialect_kwargs["postgresql_where"] = of
