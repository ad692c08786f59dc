"""The figures counted anew from the whole trail, to be held against those that are kept."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from smartcart.analytics import keeping, trail
from smartcart.analytics.contribution import contribution
from smartcart.analytics.figures import Cell
from smartcart.analytics.models import FigureKept
from smartcart.analytics.side_by_side import Difference, SideBySide
from smartcart.database.session import db

# Payments that are read at once, and rows of kept figures.
BATCH, AT_ONCE = 500, 2_000
# Cells that are counted in memory before they are put aside: some 10 MB. Most payments of a batch share theirs.
MOST_CELLS = 50_000


class Recounted(NamedTuple):
    """How many were held against each other, and every number that is not what the trail says."""

    payments: int
    events: int
    figures: int
    differences: Iterable[Difference]


def recount(told: Callable[[int], None]) -> Recounted:
    """Up to the event that was taken in last; `told` hears of each payment's number.

    The shop may be at work meanwhile.
    """
    beside = SideBySide()
    up_to, zone = _take_kept(beside)
    payments, events = _count(beside, up_to, zone, told)
    return Recounted(payments, events, beside.cells(), beside.differences())


def _take_kept(beside: SideBySide) -> tuple[int, ZoneInfo]:
    """The figures; returns how far they go. Read again if they went on meanwhile."""
    while True:
        before = keeping.reached()
        if before is None:
            return 0, ZoneInfo("UTC")
        rows = db.session.execute(_FIGURES, execution_options={"yield_per": AT_ONCE})
        beside.add_kept((Cell(*row[:-1]), row[-1]) for row in rows)
        if keeping.reached() == before:
            return before.event, ZoneInfo(before.zone)
        beside.begin_anew()


def _count(beside: SideBySide, up_to: int, zone: ZoneInfo, told: Callable[[int], None]) -> tuple[int, int]:
    """Returns how many payments were counted, and events."""
    found: Counter[Cell] = Counter()
    last, payments, events = "", 0, 0
    while session_ids := trail.sessions_after(last, BATCH):
        for each in trail.told_of(session_ids, up_to):
            found.update(contribution(each.until(up_to), zone))
            events += len(each.lines)
        db.session.rollback()
        if len(found) > MOST_CELLS:
            beside.add_counted(found)
            found.clear()
        last, payments = session_ids[-1], payments + len(session_ids)
        told(payments)
    beside.add_counted(found)
    return payments, events


_COLUMNS = FigureKept.grain, FigureKept.begins, FigureKept.slice, FigureKept.part, FigureKept.figure, FigureKept.value
_FIGURES = select(*_COLUMNS, FigureKept.number)
