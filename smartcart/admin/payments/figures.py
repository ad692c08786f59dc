"""The shop's payments in a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Row, Text, cast, extract, func, select

from smartcart import clock
from smartcart.database.session import db, is_sqlite
from smartcart.moments import midnight
from smartcart.payments.core import tally
from smartcart.payments.core.models import Event, EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.tally_model import Figure
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
    found = tally.of(Figure.STATE)
    return {state: found.get(state, 0) for state in State if state in OPEN}


def today() -> Today:
    began_at = midnight(clock.now(), runtime().settings.time_zone)
    paid = _paid_since(began_at)
    durations = [float(duration) for row in paid for duration in row.durations.split()]
    return Today(
        began_at,
        completed=len(durations),
        taken={row.currency: int(row.taken) for row in paid},
        median_duration=median(durations) if durations else None,
        interruptions=_interruptions(began_at),
    )


def _paid_since(moment: datetime) -> Sequence[Row[str, int, str]]:
    """By currency what was taken, and how long each took, in one text: a row for each costs ten times as much."""
    created_at, ended_at = PaymentSession.created_at, PaymentSession.ended_at
    days = func.julianday(ended_at) - func.julianday(created_at)
    seconds = days * timedelta(days=1).total_seconds() if is_sqlite() else extract("epoch", ended_at - created_at)
    columns = (
        PaymentSession.currency,
        func.sum(PaymentSession.amount - PaymentSession.refunded).label("taken"),
        func.aggregate_strings(cast(seconds, Text), " ").label("durations"),
    )
    paid = PaymentSession.state == State.COMPLETED, ended_at >= moment, PaymentSession.refund_due.is_(False)
    by_currency = select(*columns).where(*paid).group_by(PaymentSession.currency)
    return db.session.execute(by_currency.order_by(func.min(ended_at))).all()


def _interruptions(since: datetime) -> dict[Interruption, int]:
    """How often each kind came in between, most often first. Questions without an answer are not counted."""
    query = (
        select(Event.interruption, func.count())
        .where(Event.at >= since, Event.interruption.is_not(None), Event.kind != EventKind.ASKED)
        .group_by(Event.interruption)
        .order_by(func.count().desc(), Event.interruption)
    )
    return {kind: count for kind, count in db.session.execute(query) if kind}
