"""The shop's payments in a few numbers."""

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import func, select

from smartcart import clock
from smartcart.database.session import db
from smartcart.moments import midnight
from smartcart.payments.core.models import IS_OPEN, Event, EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import OPEN, State


@dataclass(frozen=True)
class Today:
    """Since midnight in the shop's time zone. `taken` is minor units by currency, less what was given back;
    `median_duration` is seconds from opening to paid."""

    began_at: datetime
    completed: int
    taken: dict[str, int]
    median_duration: float | None
    interruptions: dict[Interruption, int]


def open_by_state() -> dict[State, int]:
    """How many sessions are open in each state, in the graph's order."""
    query = select(PaymentSession.state, func.count()).where(IS_OPEN)
    found = dict(db.session.execute(query.group_by(PaymentSession.state)).all())
    return {state: found.get(state, 0) for state in State if state in OPEN}


def today() -> Today:
    began_at = midnight(clock.now(), runtime().settings.time_zone)
    kept = PaymentSession.amount - PaymentSession.refunded
    columns = select(PaymentSession.currency, kept, PaymentSession.created_at, PaymentSession.ended_at)
    paid = db.session.execute(
        columns.where(
            PaymentSession.state == State.COMPLETED,
            PaymentSession.ended_at >= began_at,
            PaymentSession.refund_due.is_(False),
        )
    ).all()
    taken: dict[str, int] = {}
    for currency, amount, _, _ in paid:
        taken[currency] = taken.get(currency, 0) + amount
    durations = [(ended - created).total_seconds() for _, _, created, ended in paid if ended]
    return Today(began_at, len(paid), taken, median(durations) if durations else None, _interruptions(began_at))


def _interruptions(since: datetime) -> dict[Interruption, int]:
    """How often each kind came in between, most often first. Questions without an answer are not counted."""
    query = (
        select(Event.interruption, func.count())
        .where(Event.at >= since, Event.interruption.is_not(None), Event.kind != EventKind.ASKED)
        .group_by(Event.interruption)
        .order_by(func.count().desc(), Event.interruption)
    )
    return {kind: count for kind, count in db.session.execute(query) if kind}
