"""What orders are called, and that no name is ever given to a second one."""

from collections.abc import Iterable

PREFIX = "SC-"
# Numbers begin above 1000: a first customer need not know that they are the first.
BEFORE_FIRST = 1000
# So many are left out at least where nobody knows which were given.
SMALLEST_GAP = 1000


def name(order_id: int, skipped: int) -> str:
    """Of the order with this id, which the database has given, in a shop that has left out so many numbers."""
    return f"{PREFIX}{BEFORE_FIRST + skipped + order_id}"


def skipped(last_id: int, last_name: str, others: Iterable[str]) -> int:
    """How many numbers a restored shop has to leave out, so that its next order has one that was never given.

    `last_id` and `last_name` are of its latest order; 0 and empty where it has none. `others` are the names of the
    latest order of each database that it takes the place of. One of those that has gone on from here knows what was
    given since. Where none has, what was given is lost: as many are left out as there were orders, for it is not likely
    that there were more since the backup than ever before.
    """
    last = max(_number(last_name), BEFORE_FIRST)
    known = max((_number(each) for each in others), default=0)
    if known < last or not last_name:
        known = max(known, last) + max(SMALLEST_GAP, last_id)
    return known - BEFORE_FIRST - last_id


def _number(name: str) -> int:
    """0 where it is no name of ours."""
    prefix, digits = name[: len(PREFIX)], name[len(PREFIX) :]
    return int(digits) if prefix == PREFIX and digits.isdecimal() else 0
