"""Until when the owner decides on a sum that is set aside, and what an answer of the gateway makes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart.rules import holds
from smartcart.rules.outcomes import Outcome, OutcomeKind

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
A_WEEK_OFF = NOW + timedelta(days=7)
DECIDE_BY = NOW + timedelta(days=6)


def test_it_is_decided_a_day_before_it_lapses() -> None:
    assert holds.decide_by(A_WEEK_OFF, NOW) == DECIDE_BY


def test_what_lapses_within_the_day_is_given_free_at_once() -> None:
    assert holds.decide_by(NOW + timedelta(hours=23), NOW) == NOW


def test_where_nobody_says_when_it_lapses_the_shortest_of_card_schemes_counts() -> None:
    assert holds.decide_by(None, NOW) == NOW + timedelta(days=3, hours=18)


@pytest.mark.parametrize(("days", "is_time"), [(3.9, False), (4.0, True), (6.0, True)])
def test_the_owner_is_reminded_two_days_before(days: float, is_time: bool) -> None:
    assert holds.is_time_to_remind(DECIDE_BY, NOW + timedelta(days=days)) is is_time


@pytest.mark.parametrize(
    ("days", "is_reminded", "wait"),
    [(0, False, 600), (4 - 60 / 86400, False, 60), (4, True, 600), (6 - 60 / 86400, True, 60), (5, False, 0)],
)
def test_it_is_looked_at_when_something_is_to_be_done_and_never_farther_off_than_may_be(
    days: float, is_reminded: bool, wait: float
) -> None:
    now = NOW + timedelta(days=days)
    assert holds.next_look(DECIDE_BY, is_reminded, now, 600) == now + timedelta(seconds=wait)


EXPECTED = {
    "approved": ("approved", "approved"),
    "declined": ("lapsed", "released"),
    "not_charged": ("lapsed", "released"),
    "unreachable": ("lapsed", "released"),
}


@pytest.mark.parametrize("kind", OutcomeKind)
def test_the_move_of_every_answer(kind: OutcomeKind) -> None:
    found = tuple(holds.move_for(Outcome(kind), is_given_up) for is_given_up in (False, True))
    assert found == EXPECTED.get(kind, (None, None))
