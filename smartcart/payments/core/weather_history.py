"""What the weather was lately at the account that the shop works with; all of it bounded by time or number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.core.weather import account
from smartcart.payments.core.weather_models import WeatherChange, WeatherMinute

HOURS, CHANGES = 24, 50


class Hour(NamedTuple):
    """How it was at its worst in an hour: so many of the last sessions, of so many, had trouble."""

    begins_at: datetime
    trouble: int = 0
    number: int = 0

    @property
    def share(self) -> float:
        return self.trouble / self.number if self.number else 0.0


def hours() -> list[Hour]:
    """The last day's, oldest first, with the one that is not over."""
    last = clock.now().replace(minute=0, second=0, microsecond=0)
    begins = [last - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    worst = {at: Hour(at) for at in begins}
    for minute in _minutes(begins[0]):
        at = minute.minute.replace(minute=0)
        trouble = minute.silent + minute.hanging
        worst[at] = max(worst[at], Hour(at, trouble, trouble + minute.answered), key=_by_share)
    return list(worst.values())


def changes() -> Sequence[WeatherChange]:
    """The last, newest first."""
    of_here = select(WeatherChange).where(WeatherChange.account == account())
    return db.session.scalars(of_here.order_by(WeatherChange.at.desc()).limit(CHANGES)).all()


def _minutes(since: datetime) -> Sequence[WeatherMinute]:
    until = clock.now()
    which = WeatherMinute.account == account(), WeatherMinute.minute >= since, WeatherMinute.minute <= until
    return db.session.scalars(select(WeatherMinute).where(*which)).all()


def _by_share(hour: Hour) -> tuple[float, int]:
    return hour.share, hour.number
