"""The audit trail as it is read for the figures: some events at a time, and all of the payments that they are of."""

import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from smartcart.analytics.story import Line, Story
from smartcart.database.session import db, is_sqlite
from smartcart.payments.core.models import BEGINNING, SESSION_BEGINS, Event, PaymentSession

# So long those are waited for that write at this moment, in seconds; a payment's transaction takes some milliseconds.
PATIENCE, LOOK = 2.0, 0.05
_COLUMNS = (
    Event.id,
    Event.session_id,
    Event.at,
    Event.kind,
    Event.actor,
    Event.after,
    Event.move,
    Event.attempt,
    Event.interruption,
    Event.detail,
    Event.device,
)
_NEWEST = select(func.coalesce(func.max(Event.id), 0))


class Told(NamedTuple):
    """A payment's lines, and what it is about."""

    amount: int
    currency: str
    lines: Sequence[Line]

    def until(self, event: int) -> Story | None:
        """Its story up to that event; None where it had not begun."""
        lines = [line for line in self.lines if line.id <= event]
        return Story(lines, self.amount, self.currency) if lines else None


def newest() -> int:
    """The greatest event that is on record; 0 where there is none."""
    db.session.rollback()
    return db.session.scalars(_NEWEST).one()


def last_certain() -> int | None:
    """The greatest event of which it is certain that none with a smaller number will be seen later.

    SQLite has one writer at a time. On PostgreSQL a number is given before the commit, and commits overtake each other;
    but who writes an event has a transaction number by then, as the session is locked or inserted before. So once all
    are over that began before ours, nothing smaller can come. None where one of them lasts, to be tried again later.
    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    """
    if is_sqlite():
        return newest()
    db.session.rollback()
    certain, number = db.session.execute(select(_NEWEST.scalar_subquery(), func.txid_current())).one()
    db.session.rollback()
    return int(certain) if _all_before_are_over(number) else None


def _all_before_are_over(number: int) -> bool:
    oldest_at_work = select(func.txid_snapshot_xmin(func.txid_current_snapshot()))
    until = time.monotonic() + PATIENCE
    while db.session.scalars(oldest_at_work).one() <= number:
        db.session.rollback()
        if time.monotonic() > until:
            return False
        time.sleep(LOOK)
    db.session.rollback()
    return True


def events_after(event: int, up_to: int, limit: int) -> dict[int, str]:
    """The next events at most, with the sessions that they are of."""
    some = select(Event.id, Event.session_id).where(Event.id > event, Event.id <= up_to)
    return {row.id: row.session_id for row in db.session.execute(some.order_by(Event.id).limit(limit))}


def sessions_after(session_id: str, limit: int) -> Sequence[str]:
    """The next of all sessions, in the order of their ids."""
    following = select(PaymentSession.id).where(PaymentSession.id > session_id)
    return db.session.scalars(following.order_by(PaymentSession.id).limit(limit)).all()


def told_of(session_ids: Collection[str], up_to: int) -> list[Told]:
    """All that is told of these sessions up to an event."""
    of_these = Event.session_id.in_(session_ids), SESSION_BEGINS.in_({each[BEGINNING] for each in session_ids})
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in db.session.execute(select(*_COLUMNS).where(*of_these, Event.id <= up_to).order_by(Event.id)):
        lines[row.session_id].append(Line(*row))
    facts = select(PaymentSession.id, PaymentSession.amount, PaymentSession.currency)
    return [
        Told(amount, currency, lines[session_id])
        for session_id, amount, currency in db.session.execute(facts.where(PaymentSession.id.in_(session_ids)))
    ]
