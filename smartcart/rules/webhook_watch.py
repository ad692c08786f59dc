"""Whether what the gateway tells by itself still comes, inferred from what was found by asking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# Stripe tells of each payment at once. So many paid without a word of it, for so long, is no accident of the network.
LEAST_PAYMENTS, SILENT_FOR = 10, timedelta(hours=1)
# What was paid just now may be told in a moment.
A_MOMENT = timedelta(minutes=5)
# Stripe sends again what was not taken, later and later, for three days (https://docs.stripe.com/webhooks#retries): one
# that is late was tried before. Half of the last ones is more than a restart of the shop.
LAST, LEAST_EVENTS = 20, 10


class Verdict(StrEnum):
    WELL = "well"
    STOPPED = "stopped"
    LATE = "late"


class Seen(NamedTuple):
    """How many were paid since the newest event came, and how late each of the last events was."""

    newest_at: datetime | None
    payments: int
    delays: Sequence[timedelta]


def verdict(seen: Seen, now: datetime) -> Verdict:
    """Whether events come, have stopped, or come late. Where nothing was paid nothing is to be told."""
    is_silent = seen.newest_at is None or now - seen.newest_at >= SILENT_FOR
    if is_silent and seen.payments >= LEAST_PAYMENTS:
        return Verdict.STOPPED
    late = sum(delay >= A_MOMENT for delay in seen.delays)
    is_late = len(seen.delays) >= LEAST_EVENTS and 2 * late >= len(seen.delays)
    return Verdict.LATE if is_late else Verdict.WELL


def in_words(seen: Seen, now: datetime) -> str:
    """One sentence about it, without a full stop; empty where all is well."""
    match verdict(seen, now):
        case Verdict.STOPPED:
            return f"none has come {_since(seen.newest_at, now)}, while {seen.payments} payments were made"
        case Verdict.LATE:
            late = sum(delay >= A_MOMENT for delay in seen.delays)
            return f"{late} of the last {len(seen.delays)} came more than five minutes late"
    return ""


def _since(newest_at: datetime | None, now: datetime) -> str:
    if newest_at is None:
        return "in the last month"
    hours = int((now - newest_at) / timedelta(hours=1))
    return f"for {hours} {'hour' if hours == 1 else 'hours'}"


def is_news(is_well: bool, told_bad_at: datetime | None, told_well_at: datetime | None) -> bool:
    """Whether somebody is to be told: once that it is not well, and once that it is again."""
    was_told_bad = told_bad_at is not None and (told_well_at is None or told_well_at < told_bad_at)
    return is_well == was_told_bad
