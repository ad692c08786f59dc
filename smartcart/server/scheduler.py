"""APScheduler's timetable, which a clock that is set does not stop.

It keeps the next run of each job in wall time (https://github.com/agronholm/apscheduler/issues/351): a clock that goes
back by an hour, as time servers do after a start with a wrong one, would stop all jobs for that hour.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

# So often the clock is held against the one that nobody sets, in seconds.
LOOK = 0.5
# A clock that is kept by a time server runs slower or faster by less than this in that time, in seconds.
MAY_DRIFT = 1.0


class Timetable(BackgroundScheduler):
    """Runs every job at once when the clock was set, and from then on in its intervals; calls `set_back` before that
    when it went back, as what was to be due soon is hours away then."""

    def __init__(self, set_back: Callable[[], object], **options: Any) -> None:
        super().__init__(**options)
        self._set_back, self.over = set_back, Event()

    def start(self, *args: Any, **kwargs: Any) -> None:
        super().start(*args, **kwargs)
        Thread(target=self._mind_the_clock, name="minds the clock", daemon=True).start()

    def shutdown(self, *args: Any, **kwargs: Any) -> None:
        self.over.set()
        super().shutdown(*args, **kwargs)

    def _mind_the_clock(self) -> None:
        ahead = _ahead()
        while not self.over.wait(LOOK):  # which waits by the clock that nobody sets
            before, ahead = ahead, _ahead()
            if abs(ahead - before) > MAY_DRIFT:
                self._begin_anew(ahead - before)

    def _begin_anew(self, seconds: float) -> None:
        log.warning("the clock of this machine was set by %+.1f s; every job runs now", seconds)
        if seconds < 0:
            self._set_back()
        for job in self.get_jobs():
            with suppress(JobLookupError):  # it is all over
                job.modify(next_run_time=datetime.now(UTC))


def _ahead() -> float:
    """By how many seconds the clock is ahead of the one that nobody sets."""
    return time.time() - time.monotonic()
