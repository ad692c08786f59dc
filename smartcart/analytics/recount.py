"""The figures counted anew from the whole trail, to be held against those that are kept."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from smartcart.analytics import keeping, trail
from smartcart.analytics.contribution import contribution
from smartcart.analytics.figures import Cell
from smartcart.analytics.models import FigureKept
from smartcart.database.session import db

BATCH = 500


class Difference(NamedTuple):
    """A number that is kept, and what it should be."""

    cell: Cell
    kept: int
    counted: int


def differences(told: Callable[[int], None]) -> list[Difference]:
    """Every number that is not what the trail says, up to where it was taken in; `told` hears of each payment's number.

    The shop may be at work meanwhile.
    """
    up_to, zone, kept = _kept()
    counted = _counted(up_to, zone, told)
    cells = sorted(kept.keys() | counted.keys())
    return [Difference(cell, kept[cell], counted[cell]) for cell in cells if kept[cell] != counted[cell]]


def _kept() -> tuple[int, ZoneInfo, Counter[Cell]]:
    """The figures, and how far they go; read again if they went on meanwhile."""
    while True:
        before = keeping.reached()
        if before is None:
            return 0, ZoneInfo("UTC"), Counter()
        found = Counter({Cell(*row[:-1]): row[-1] for row in db.session.execute(_FIGURES)})
        if keeping.reached() == before:
            return before.event, ZoneInfo(before.zone), found


def _counted(up_to: int, zone: ZoneInfo, told: Callable[[int], None]) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    last, number = "", 0
    while session_ids := trail.sessions_after(last, BATCH):
        for each in trail.told_of(session_ids, up_to):
            found.update(contribution(each.until(up_to), zone))
        db.session.rollback()
        last, number = session_ids[-1], number + len(session_ids)
        told(number)
    return found


_COLUMNS = FigureKept.grain, FigureKept.begins, FigureKept.slice, FigureKept.part, FigureKept.figure, FigureKept.value
_FIGURES = select(*_COLUMNS, FigureKept.number)
