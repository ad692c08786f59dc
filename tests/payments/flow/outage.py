"""A gateway that goes out: attempts of many shoppers that it answers with silence."""

from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import weather_watch
from smartcart.rules.outcomes import TIMED_OUT, Outcome
from smartcart.rules.weather import Weather
from tests.payments.opened import (
    begin,
    open_session,
    settle,
)

MINUTE = 60


def meet(outcome: Outcome, number: int = 5, shopper: str = "shopper {}") -> list[str]:
    """So many sessions, each of a shopper of its own, whose attempt meets that."""
    ids = [open_session(shopper.format(f"{outcome.kind} {which}")) for which in range(number)]
    for session in ids:
        settle(begin(session), outcome)
    return ids


def goes_out() -> list[str]:
    ids = meet(TIMED_OUT)
    assert weather_watch.look() == 1
    assert runtime().weather().weather is Weather.OUT
    return ids
