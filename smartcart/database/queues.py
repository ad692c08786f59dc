"""Queues for things that are no rows, each by a name."""

from collections.abc import Sequence

import sqlalchemy as sa

from smartcart.database.session import is_sqlite
from smartcart.database.statements import Prepared

_QUEUE = Prepared(
    sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name", type_=sa.String), 0)))
)


def queue_for(*names: str) -> None:
    """Wait until nobody else has the thing of that name, which is no row, and have it to the end of the transaction.

    For PostgreSQL; SQLite has one writer at a time, who has everything.
    """
    if not is_sqlite():
        _QUEUE.rows(name=_one_name(names))


def queue_before_next(*names: str) -> None:
    """The same, for the transaction's next statement, which is sent along and has its answer once it is our turn."""
    if not is_sqlite():
        _QUEUE.change_along(name=_one_name(names))


def _one_name(names: Sequence[str]) -> str:
    return "\n".join(names)
