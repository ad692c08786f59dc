"""Which rows of a kind are due, and whose turn is next: questions, which change nothing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, or_, select

from smartcart import clock
from smartcart.database.session import db, leave_transaction
from smartcart.database.statements import Prepared
from smartcart.rules import patience

if TYPE_CHECKING:
    from smartcart.work_queue import Kind

# Groups take turns among so many of the oldest rows: to rank 100,000 took 0.3 s for each claim, these take 0.03 s.
SEEN = 5000


def may_be_due(kind: "Kind") -> bool:
    """Whether a claim may find any, whatever else it asks of them: each kind is looked for several times a second, and
    to look at both ends of the index takes a tenth of the time of the question in full.
    """
    if kind.early() is not None:
        return True
    leave_transaction()
    [ends] = _ends(kind.model.__table__).rows()
    return any(moment is not None and patience.is_due(moment, clock.now(), kind.longest) for moment in ends)


@cache
def _ends(table: Table) -> Prepared:
    """The first and the last moment at which a row is due."""
    due_at = table.c.due_at
    first, last = (select(end(due_at)).where(due_at.is_not(None)) for end in (func.min, func.max))
    return Prepared(select(first.scalar_subquery(), last.scalar_subquery()))


def next_ids(kind: "Kind", limit: int, busy: Mapping[str, int]) -> Sequence[Any]:
    """The ids of those whose turn is next: the oldest, and with groups those of whose group the fewest go before."""
    if kind.group is None:
        return read(due(kind, kind.model.id).order_by(kind.model.due_at).limit(limit))
    full = [group for group, under_way in busy.items() if kind.at_once is not None and under_way >= kind.at_once]
    oldest = due(kind, kind.model.id, kind.model.due_at, kind.group.label("of")).where(kind.group.not_in(full))
    seen = oldest.order_by(kind.model.due_at).limit(SEEN).subquery()
    under_way = case(dict(busy), value=seen.c.of, else_=0) if busy else literal(0)
    place = func.row_number().over(partition_by=seen.c.of, order_by=seen.c.due_at) + under_way
    ranked = select(seen.c.id, seen.c.due_at, place.label("place")).subquery()
    in_turn = select(ranked.c.id).order_by(ranked.c.place, ranked.c.due_at).limit(limit)
    return read(in_turn if kind.at_once is None else in_turn.where(ranked.c.place < kind.at_once + kind.ahead))


def due(kind: "Kind", *columns: Any) -> Select[Any]:
    has_to, early = has_come(kind.model.due_at, kind.longest), kind.early()
    if early is not None:
        # Farther off than a claim lasts, so none has been made.
        has_to = or_(has_to, and_(kind.model.due_at > clock.now() + timedelta(seconds=kind.lease), early))
    return select(*columns).where(has_to, *kind.which)


def has_come(moment: Any, longest: float) -> ColumnElement[bool]:
    """Whether a row's moment has come, as `patience.is_due` says it: no clock that was wrong keeps anything waiting."""
    now = clock.now()
    return or_(moment <= now, moment > now + timedelta(seconds=longest))


def read(query: Select[Any]) -> Sequence[Any]:
    """In a transaction of its own: one from before would show an older truth, and one left open stop a checkpoint."""
    db.session.rollback()
    found = db.session.scalars(query).all()
    db.session.rollback()
    return found
