"""Days, weeks and months as a shop counts them: by the date on its wall, whatever the clock did that day.

A day on which the clock is changed has 23 or 25 hours and is one day all the same, because a moment belongs to the date
that it had there.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Grain(StrEnum):
    """How long a period is. Weeks are ISO 8601's: from Monday on, wherever the shop is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The date that an aware moment had in that zone."""
    return moment.astimezone(zone).date()


def first_day(grain: Grain, day: date) -> date:
    """The first day of the period that a day belongs to."""
    if grain is Grain.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if grain is Grain.WEEK else day


def next_one(grain: Grain, first: date) -> date:
    """The first day of the period that follows the one of that first day."""
    longest = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31}
    return first_day(grain, first + timedelta(days=longest[grain]))


def one_before(grain: Grain, first: date) -> date:
    """The first day of the period before the one of that first day."""
    return first_day(grain, first - timedelta(days=1))


def up_to(grain: Grain, first: date, number: int) -> list[date]:
    """The first days of so many periods, the last of which is the one of that first day."""
    found = [first]
    while len(found) < number:
        found.append(one_before(grain, found[-1]))
    return found[::-1]


def name_of(grain: Grain, first: date) -> str:
    """What a period is called: 2026-11-29, 2026-W48 (ISO 8601), 2026-11."""
    if grain is Grain.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return f"{first:%Y-%m}" if grain is Grain.MONTH else first.isoformat()
