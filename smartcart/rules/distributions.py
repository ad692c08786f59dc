"""How long things took, as counts of each duration: so few that years can be kept, and exact enough to be told.

A duration is counted in tenths of a second, rounded down to two digits: 0.3 s, 4.7 s, 12 s, 250 s. That is wrong by
less than a tenth of itself, which nobody notices, and leaves 90 values for each power of ten.
"""

from collections.abc import Mapping
from datetime import timedelta

TENTH = timedelta(seconds=0.1)
DIGITS = 2


def counted_as(duration: timedelta) -> int:
    """The tenths of a second that a duration is counted as; a clock that was set back makes none of less than 0."""
    tenths = max(0, duration // TENTH)
    step = int(10 ** max(0, len(str(tenths)) - DIGITS))
    return tenths // step * step


def percentile(counts: Mapping[int, int], percent: int) -> int | None:
    """The least value that so many percent of all do not exceed; `counts` says how many have each value.

    By nearest rank (https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method), so it is one of the values. None
    where there are none.
    """
    rank = -(-sum(counts.values()) * percent // 100)  # rounded up
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None
