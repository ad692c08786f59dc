"""How often the gateway was asked in the last thirty days, by kind and in all processes.

Gateways allow only so many questions. Stripe's: 500 reads for each transaction in thirty days, and 10,000 at least
(https://docs.stripe.com/rate-limits#api-read-request-allocations).
"""

from collections import Counter
from datetime import timedelta

from sqlalchemy import delete, func, select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways import calls_made
from smartcart.payments.core import tally
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.tally_model import Figure, TallyTotal
from smartcart.rules.payment_states import PAID

DAYS = 30
# As long as a value of a figure may be.
LONGEST = 40
READ = "GET "


def write_down() -> int:
    """The job: write down what this process has asked since the last time, by day; returns how often that was."""
    made = calls_made.take()
    day = f"{clock.now():%Y-%m-%d}"
    try:
        with writing():
            for kind, number in made.items():
                tally.count(Figure.CALL, f"{day} {kind}"[:LONGEST], number=number)
            old = (TallyTotal.figure == Figure.CALL, TallyTotal.value < _first_day())
            db.session.execute(delete(TallyTotal).where(*old).execution_options(synchronize_session=False))
    except Exception:
        for kind, number in made.items():  # they were asked all the same
            calls_made.count(kind, number)
        raise
    return made.total()


def by_kind(figures: dict[str, dict[str, int]]) -> Counter[str]:
    """Of all figures, how often the gateway was asked in the last thirty days."""
    asked: Counter[str] = Counter()
    for value, number in figures.get(Figure.CALL, {}).items():
        day, _, kind = value.partition(" ")
        if day >= _first_day():
            asked[kind] += number
    return asked


def reads(asked: Counter[str]) -> int:
    return sum(number for kind, number in asked.items() if kind.startswith(READ))


def payments() -> int:
    """How many payments were taken in that time."""
    lately = PaymentSession.ended_at > clock.now() - timedelta(days=DAYS)
    taken = select(func.count()).where(lately, PaymentSession.state.in_(PAID))
    return db.session.scalar(taken) or 0


def _first_day() -> str:
    return f"{clock.now() - timedelta(days=DAYS):%Y-%m-%d}"
