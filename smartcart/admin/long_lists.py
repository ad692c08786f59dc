"""A page of a list that may be of millions: it costs the same however long that is, whatever it is narrowed down by."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from smartcart.admin.access import PAGE
from smartcart.database.session import db

# So many rows are looked at for one page; who wants more looks on, by a link.
LOOKED_AT = 1000


class Part(NamedTuple):
    """The ids that one page shows. `following` is the id after which the next one begins, None at the end of the list;
    `is_short` says that the page is not full although there is more."""

    ids: Sequence[Any]
    following: Any = None
    is_short: bool = False


def part_of(key: Sequence[Any], by_index: Sequence[Any], besides: Sequence[Any]) -> Part:
    """A page of the rows of which all that is so, the last first.

    `key` are the columns that they are sorted by, the id last. What `by_index` says has an index sorted alike, or few
    rows. What is said `besides` is looked up of the rows that are found by that.
    """
    most = LOOKED_AT if besides else PAGE + 1
    rows = select(*key).where(*by_index).order_by(*(column.desc() for column in key)).limit(most)
    ids = [row[-1] for row in db.session.execute(rows)]
    found = _of_which(key[-1], ids, besides) if besides else ids
    if len(found) > PAGE:
        return Part(found[:PAGE], found[PAGE - 1])
    is_short = len(ids) == LOOKED_AT
    return Part(found, ids[-1] if is_short else None, is_short)


def _of_which(key: Any, ids: Sequence[Any], besides: Sequence[Any]) -> list[Any]:
    those = set(db.session.scalars(select(key).where(key.in_(ids), *besides)))
    return [each for each in ids if each in those]
