"""The audit trail: a line for each thing that happens to a payment session, in the transaction in which it happens."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, insert, select

from smartcart import clock
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.money.format import format_money
from smartcart.payments.core import owner_news, tally
from smartcart.payments.core.asking_device import asking_device
from smartcart.payments.core.models import Event, EventKind
from smartcart.payments.core.tally_model import Figure
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import Move, State

LONGEST_DETAIL = 500
# So many of the last lines say by which clock they were written, though others have begun with a right one since.
LAST = 100
# What the log says of a move: the session, whole, and its order, by which people look for it.
MOVED = "payment session %s of order %s moved from %s to %s: %s, by %s"
# Past the unit of work: an event is only ever added, and this costs a third. Nobody asks for its number (inline).
_ADD = Prepared(insert(cast(Table, Event.__table__)).inline())


class Particulars(NamedTuple):
    """What a line tells besides who did what: of which attempt, what came in between, and a word of explanation."""

    attempt: int | None = None
    interruption: Interruption | None = None
    detail: str = ""


NOTHING = Particulars()


class Step(NamedTuple):
    """From one state to the next, by a move; from none, by none, when a session is opened."""

    before: State | None
    after: State
    move: str = ""


def add(
    session_id: str, kind: EventKind, actor: str, told: Particulars | str = NOTHING, step: Step | None = None
) -> None:
    """Add a line about a session that is on record already; what is `told` may be a word of explanation alone."""
    attempt, interruption, detail = told if isinstance(told, Particulars) else Particulars(detail=told)
    before, after, move = step or (None, None, "")
    _ADD.change_along(
        session_id=session_id,
        at=clock.now(),
        kind=kind,
        actor=actor,
        before=before,
        after=after,
        move=move,
        attempt=attempt,
        interruption=interruption,
        detail=detail[:LONGEST_DETAIL],
        device=asking_device() if kind is EventKind.OPENED or move is Move.ATTEMPT else "",
    )
    if step is not None:
        tally.count(Figure.STATE, step.after, step.before or "")
    if kind is EventKind.NEEDS_PERSON:
        owner_news.of_person(session_id, detail)


def add_moves(session_ids: Collection[str], before: State, after: State, move: Move, actor: str) -> None:
    """Add a line about each of many sessions that made the same move."""
    same = {"at": clock.now(), "kind": EventKind.MOVED, "actor": actor, "before": before, "after": after, "move": move}
    for session_id in session_ids:
        _ADD.change_along(session_id=session_id, **same)
    if session_ids:
        tally.count(Figure.STATE, after, before, len(session_ids))


def in_words(amount: int, currency: str, detail: str = "") -> str:
    """How a line tells a sum (minor units): `analytics` reads it again, from what stands before the first ", "."""
    return ", ".join(filter(None, [format_money(amount, currency), detail]))


def latest_moment() -> datetime | None:
    """The latest moment that one of the last lines says; None when there is none."""
    last = select(Event.at).order_by(Event.id.desc()).limit(LAST)
    db.session.rollback()
    return max(db.session.scalars(last), default=None)
