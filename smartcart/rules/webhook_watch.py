"""Whether what the gateway tells by itself still comes, by who knew first of the last payments: asking, or an event.

To ask is also what a charge is answered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

# Stripe tells of each payment at once. So many paid without a word of it, for so long, is no accident of the network.
LEAST_PAYMENTS, SILENT_FOR = 10, timedelta(hours=1)
# What was paid just now may be told in a moment.
A_MOMENT = timedelta(minutes=5)
# Stripe sends again what was not taken, later and later, for three days (https://docs.stripe.com/webhooks#retries): one
# that is late was tried before. Half of the last ones is more than a restart of the shop.
LAST, LEAST_TOLD = 20, 10
# To look at so many payments tells enough; that it were ten thousand tells no more.
LOOKED_AT = 200


class Verdict(StrEnum):
    WELL = "well"
    STOPPED = "stopped"
    LATE = "late"


class Paid(NamedTuple):
    """When it was known that a payment is paid, and whether by an event; and when the first event told of it, if any
    has."""

    known_at: datetime
    by_event: bool
    told_at: datetime | None

    @property
    def was_told_late(self) -> bool:
        return self.told_at is not None and self.told_at - self.known_at >= A_MOMENT


Seen = Sequence[Paid]


def verdict(newest_first: Seen, now: datetime) -> Verdict:
    """Whether events come, have stopped, or come late. Where nothing was paid nothing is to be told."""
    if len(_untold(newest_first)) >= LEAST_PAYMENTS and now - _silent_since(newest_first) >= SILENT_FOR:
        return Verdict.STOPPED
    told = _told(newest_first)
    is_late = len(told) >= LEAST_TOLD and 2 * _late(told) >= len(told)
    return Verdict.LATE if is_late else Verdict.WELL


def in_words(newest_first: Seen, now: datetime) -> str:
    """One sentence about it, without a full stop; empty where all is well."""
    match verdict(newest_first, now):
        case Verdict.STOPPED:
            found, hours = len(_untold(newest_first)), int((now - _silent_since(newest_first)) / timedelta(hours=1))
            number = f"{'at least ' if found >= LOOKED_AT else ''}{found}"
            since = f"for {hours} {'hour' if hours == 1 else 'hours'}"
            return f"none has come {since} about any payment, while asking found {number} that were made"
        case Verdict.LATE:
            told = _told(newest_first)
            return (
                f"{_late(told)} of the last {len(told)} came more than five minutes after asking had found the payment"
            )
    return ""


def who_was_first(newest_first: Seen) -> str:
    """One sentence, without a full stop, about who knew first of the last payments; empty where there are none."""
    last = newest_first[:LAST]
    by_event = sum(paid.by_event for paid in last)
    first = f"a message of the gateway was first to tell of {by_event}, and asking of {len(last) - by_event}"
    return f"of the last {len(last)} payments {first}" if last else ""


def _untold(newest_first: Seen) -> list[Paid]:
    """The newest of which no event has told."""
    return list(takewhile(lambda paid: paid.told_at is None, newest_first))


def _silent_since(newest_first: Seen) -> datetime:
    """When an event told of a payment last; or else since when there is one that none has told of."""
    told_at = [paid.told_at for paid in newest_first if paid.told_at is not None]
    return max(told_at, default=newest_first[-1].known_at)


def _told(newest_first: Seen) -> Seen:
    """The last of those that an event told of."""
    return [paid for paid in newest_first if paid.told_at is not None][:LAST]


def _late(told: Seen) -> int:
    return sum(paid.was_told_late for paid in told)


def is_news(is_well: bool, told_bad_at: datetime | None, told_well_at: datetime | None) -> bool:
    """Whether somebody is to be told: once that it is not well, and once that it is again."""
    was_told_bad = told_bad_at is not None and (told_well_at is None or told_well_at < told_bad_at)
    return is_well == was_told_bad
