"""A clock that is off, for the drilled shop alone: the drill starts the shop by way of this module.

The sandbox is a remote party and keeps the right time; so does the monotonic clock, which nobody can set.
"""

import os
import time
from datetime import datetime, timedelta, tzinfo

from smartcart import clock
from smartcart.gateways.sandbox import gateway  # noqa: F401  # takes the time, the right one, as it is loaded

# By how many seconds the clock is ahead; fewer than none is behind. Nothing is a clock that is right.
AHEAD = "DRILL_CLOCK_AHEAD"
RIGHT_TIME = time.time


def set_clock() -> None:
    """Set the clock of this process as the environment has it."""
    if ahead := float(os.environ.get(AHEAD, "0")):
        time.time = lambda: RIGHT_TIME() + ahead
        clock.datetime = _Clock(timedelta(seconds=ahead))  # type: ignore[assignment, attr-defined]


class _Clock:
    """What `smartcart.clock` asks for the moment."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(zone) + self._ahead
