"""Rows that have aged are deleted in small batches: who wants to write meanwhile waits for one of them, not for all."""

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_

from smartcart.database.session import Base, db, execute, writing

# To delete so many takes some milliseconds, and the disk as long again. 100,000 in one statement held writers up for
# 0.7 s.
BATCH = 500


def forget(model: type[Base], *which: ColumnElement[bool]) -> int:
    """Delete the rows for which all of that holds; returns how many. No transaction may be open."""
    forgotten = 0
    while some := _forget_some(model, *which):
        forgotten += some
    return forgotten


def _forget_some(model: type[Base], *which: ColumnElement[bool]) -> int:
    """A batch of them. Nobody's turn to write is taken where there is none."""
    key = tuple_(*inspect(model).primary_key)
    some = select(*inspect(model).primary_key).where(*which).limit(BATCH)
    db.session.rollback()
    found = db.session.execute(some.limit(1)).first()
    db.session.rollback()
    if found is None:
        return 0
    with writing():
        return int(execute(delete(model).where(key.in_(some), *which)).rowcount)
