"""The drill that an owner starts: what is played, what is promised, and how much faster it goes than the shop.

Values in, values out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Scenario(StrEnum):
    """What happens to payments while a drill plays it."""

    TIMEOUT_AFTER_CHARGE = "timeout_after_charge"
    LOST_REPLY = "lost_reply"
    CRASH = "crash"
    DOUBLE_PRESS = "double_press"
    GATEWAY_DOWN = "gateway_down"
    WEBHOOKS_LOST = "webhooks_lost"
    MAIL_DOWN = "mail_down"


class Promise(StrEnum):
    """What is held against the books after each scenario."""

    PLAYED = "played"
    NEVER_TWICE = "never_twice"
    NOTHING_LOST = "nothing_lost"
    TRUE_PAGES = "true_pages"
    TRUE_LETTERS = "true_letters"
    MERCHANT_TOLD = "merchant_told"
    STOCK_RIGHT = "stock_right"
    NO_FAULTS = "no_faults"


class Run(StrEnum):
    """How far a drill has come."""

    ASKED = "asked"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    BROKEN_OFF = "broken_off"
    NOT_CARRIED_OUT = "not_carried_out"


class AskedBy(StrEnum):
    """Who wanted a drill: the owner, by a press, or the month, by itself."""

    OWNER = "owner"
    MONTH = "month"


class CopyOn(StrEnum):
    """The database of the copy: of the shop's own kind, or else SQLite, as its user at PostgreSQL may not make one, or
    as none could be made there."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    NOT_ALLOWED = "not_allowed"
    NOT_MADE = "not_made"


UNDER_WAY = {Run.ASKED, Run.RUNNING}
# A scenario takes 5 to 20 s on two cores, and all of them less than two minutes; a machine that is busy with its shop
# takes longer. What is not over after so many seconds is ended.
LIMIT = 300.0
# Who carries a drill out says so at each step, and every second. Who has been silent for so long, in seconds, is gone.
SILENT_FOR = 20.0
# A drill that nobody took up in that time is not carried out: only `serve` and `worker` do, unless --no-schedule.
TAKEN_UP_WITHIN = 30.0
# An answer of the drilled shop's gateway is waited for so long at most, in seconds; all else goes as much faster.
LONGEST_TIMEOUT = 1.0
# One that is not on this machine, as Stripe's test mode, needs longer.
LONGEST_TIMEOUT_AWAY = 5.0
# The shortest that times get by that, in seconds: a machine has to keep up with them.
LEAST_DELAY, LEAST_INTERVAL = 0.2, 0.3
# A payment that is left is open for so long, in seconds: enough for a busy machine, and not longer than a drill.
LEAST_LIFETIME, LONGEST_LIFETIME = 20.0, 60.0
# Between two drills that come by themselves.
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Timing:
    """The settings of those names; in seconds, but for `max_attempts`."""

    payment_timeout: float
    max_attempts: int
    retry_delay: float
    session_lifetime: float
    cleanup_interval: float
    reconcile_interval: float


def quickened(own: Timing, is_away: bool = False) -> Timing:
    """The shop's own times as the drill has them: as much shorter as its longest wait, so that a drill takes a minute
    or two. None gets longer. `is_away`: the drill's gateway is not on this machine."""
    longest = LONGEST_TIMEOUT_AWAY if is_away else LONGEST_TIMEOUT
    share = min(longest / own.payment_timeout, 1.0)

    def short(seconds: float, least: float) -> float:
        return round(min(seconds, max(seconds * share, least)), 2)

    return Timing(
        payment_timeout=min(own.payment_timeout, longest),
        max_attempts=own.max_attempts,
        retry_delay=short(own.retry_delay, LEAST_DELAY),
        session_lifetime=min(max(own.session_lifetime * share, LEAST_LIFETIME), LONGEST_LIFETIME),
        cleanup_interval=short(own.cleanup_interval, LEAST_INTERVAL),
        reconcile_interval=short(own.reconcile_interval, LEAST_INTERVAL),
    )


def is_silent(run: Run, heard_at: datetime, now: datetime) -> bool:
    """Whether whoever has the drill in hand has not been heard of for too long, and so is gone.

    What is heard from the future was written by a wrong clock.
    """
    limit = timedelta(seconds=TAKEN_UP_WITHIN if run is Run.ASKED else SILENT_FOR)
    return run in UNDER_WAY and not now - limit <= heard_at <= now + limit


def as_it_is(run: Run, heard_at: datetime, now: datetime) -> Run:
    """A drill on record as it is shown and treated: what is silent is over, whether or not that was written down."""
    if not is_silent(run, heard_at, now):
        return run
    return Run.NOT_CARRIED_OUT if run is Run.ASKED else Run.BROKEN_OFF


def next_month(due_at: datetime, now: datetime) -> datetime:
    """When the next drill of those that come by themselves is due; those that were missed are not made up for."""
    return due_at + MONTH if due_at + MONTH > now else now + MONTH
