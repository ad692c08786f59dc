"""How far a refund has come, and by when it should be seen at the bank."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from smartcart.rules.refund_steps import Step, expected_by, steps_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MAYBE = (None, NOW + timedelta(days=1))


@pytest.mark.parametrize(("accepted_at", "made_at", "failed_at"), [*product(MAYBE, repeat=3)])
def test_what_failed_has_nothing_to_come_and_all_else_has_every_step(
    accepted_at: datetime | None, made_at: datetime | None, failed_at: datetime | None
) -> None:
    steps = steps_of(NOW, accepted_at, made_at, failed_at)
    taken = dict(steps)
    assert taken[Step.REQUESTED] == NOW
    if failed_at:
        assert steps[-1] == (Step.FAILED, failed_at)
        assert None not in taken.values()
    else:
        assert taken == {Step.REQUESTED: NOW, Step.ACCEPTED: accepted_at, Step.MADE: made_at}


@pytest.mark.parametrize("start", [date(2026, 11, 23) + timedelta(days=n) for n in range(14)])
def test_ten_days_on_which_banks_work_lie_between(start: date) -> None:
    by = expected_by(start)
    working = [day for n in range(1, (by - start).days + 1) if (day := start + timedelta(days=n)).isoweekday() <= 5]
    assert len(working) == 10
    assert working[-1] == by


def test_from_a_monday_it_is_the_monday_after_next() -> None:
    assert expected_by(date(2026, 11, 23)) == date(2026, 12, 7)
