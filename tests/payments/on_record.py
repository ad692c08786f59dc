"""What is on record now: with every look a new transaction, which an older one would not show."""

from collections.abc import Sequence

from smartcart.payments import reading
from smartcart.payments.models import Attempt, Event


def attempts(session: str) -> Sequence[Attempt]:
    reading.find(session)
    return reading.attempts_of(session)


def events(session: str) -> Sequence[Event]:
    reading.find(session)
    return reading.events_of(session)
