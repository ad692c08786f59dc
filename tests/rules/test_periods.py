"""Days, weeks and months on the wall of a shop."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smartcart.rules.periods import Grain, day_of, first_day, name_of, next_one, one_before, up_to

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 29), 24)]
)
def test_a_day_has_the_hours_that_it_had_there(day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    moments = [start + timedelta(minutes=minutes) for minutes in range(30, 48 * 60, 60)]
    assert sum(day_of(moment, BERLIN) == day for moment in moments) == hours


def test_the_same_moment_is_of_two_days_in_two_places() -> None:
    moment = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert (day_of(moment, BERLIN), day_of(moment, ZoneInfo("America/New_York"))) == (date(2026, 11, 30), moment.date())


@pytest.mark.parametrize(
    ("grain", "day", "begins", "name"),
    [
        (Grain.DAY, date(2026, 11, 29), date(2026, 11, 29), "2026-11-29"),
        (Grain.WEEK, date(2026, 11, 29), date(2026, 11, 23), "2026-W48"),
        (Grain.WEEK, date(2027, 1, 3), date(2026, 12, 28), "2026-W53"),
        (Grain.WEEK, date(2024, 12, 30), date(2024, 12, 30), "2025-W01"),
        (Grain.MONTH, date(2026, 11, 29), date(2026, 11, 1), "2026-11"),
    ],
)
def test_a_day_belongs_to_a_period_with_a_name(grain: Grain, day: date, begins: date, name: str) -> None:
    assert first_day(grain, day) == begins
    assert name_of(grain, begins) == name


@pytest.mark.parametrize("grain", Grain)
def test_periods_follow_each_other_without_a_gap(grain: Grain) -> None:
    first = first_day(grain, date(2023, 12, 31))
    for _ in range(500):
        following = next_one(grain, first)
        assert one_before(grain, following) == first
        assert first_day(grain, following - timedelta(days=1)) == first
        first = following


def test_the_last_few_end_with_this_one() -> None:
    assert up_to(Grain.MONTH, date(2026, 1, 1), 3) == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
