"""A page of a list that may be of millions: it costs the same however long that is, whatever it is narrowed down by."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Executable, Select, and_, desc, select, true, type_coerce, union_all

from smartcart.admin.access import PAGE
from smartcart.database.session import db

# So many rows are looked at for one page; who wants more looks on, by a link.
LOOKED_AT = 1000
Rows = Select[*tuple[Any, ...]]


class Part(NamedTuple):
    """The ids that one page shows. `following` is the id after which the next one begins, None at the end of the list;
    `is_short` says that the page is not full although there is more."""

    ids: Sequence[Any]
    following: Any = None
    is_short: bool = False


def part_of(key: Sequence[Any], by_index: Sequence[Any], besides: Sequence[Any], after: Sequence[Any] = ()) -> Part:
    """A page of the rows of which one of `by_index` is so, and all else, the last first.

    `key` are the columns that they are sorted by, the id last. What `by_index` says has an index sorted alike, or few
    rows, and no row is in two of them. What is said `besides` is looked up of the rows that are found by that.
    """
    most = LOOKED_AT if besides else PAGE + 1
    # Told of each row, and no condition: for one a database might go through all rows, or take another index.
    fits = type_coerce(and_(true(), *besides), Boolean).label("fits")
    rows = [_last(select(*key, fits).where(each, *after), key, most) for each in by_index]
    looked_at = db.session.execute(_last_of_all(rows, key, most)).all() if rows else []
    found = [row[-2] for row in looked_at if row.fits]
    if len(found) > PAGE:
        return Part(found[:PAGE], found[PAGE - 1])
    is_short = len(looked_at) == LOOKED_AT
    return Part(found, looked_at[-1][-2] if is_short else None, is_short)


def _last(rows: Rows, key: Sequence[Any], most: int) -> Rows:
    return rows.order_by(*(column.desc() for column in key)).limit(most)


def _last_of_all(rows: Sequence[Rows], key: Sequence[Any], most: int) -> Executable:
    """Each of these has its own end: PostgreSQL would read all of them otherwise, to sort them."""
    if len(rows) == 1:
        return rows[0]
    each = union_all(*(select(some.subquery()) for some in rows))
    return each.order_by(*(desc(column.key) for column in key)).limit(most)
