"""What is on record now: with every look a new transaction, which an older one would not show."""

from collections.abc import Sequence

from smartcart.payments.core import queries
from smartcart.payments.core.models import Attempt, Event


def attempts(session: str) -> Sequence[Attempt]:
    queries.find(session)
    return queries.attempts_of(session)


def events(session: str) -> Sequence[Event]:
    queries.find(session)
    return queries.events_of(session)
