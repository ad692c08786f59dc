"""The figures as they are kept, read by period: what it costs grows with the kinds of them, and not with payments."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from smartcart.analytics import keeping, trail
from smartcart.analytics.figures import Figure, Slice, Step
from smartcart.analytics.models import FigureKept
from smartcart.database.session import db
from smartcart.payments.core.models import Event
from smartcart.rules.periods import Grain

# By figure and value. What there is none of has no value.
Numbers = dict[str, dict[str, int]]


class Cut(NamedTuple):
    """Of which payments: all, or one part of a slice."""

    slice: Slice = Slice.ALL
    part: str = ""


class Standing(NamedTuple):
    """How far the figures go: up to the event of that moment, in days of that zone, with so many events still to come
    at most. None are kept before the first time."""

    as_of: datetime | None = None
    zone: str = ""
    behind: int = 0


def numbers(grain: Grain, periods: Collection[date], cut: Cut, figures: Collection[Figure]) -> dict[date, Numbers]:
    """Those figures of each period, given by its first day, in the order of the periods."""
    found: dict[date, Numbers] = {first: defaultdict(dict) for first in periods}
    query = select(FigureKept.begins, FigureKept.figure, FigureKept.value, FigureKept.number).where(
        FigureKept.grain == grain,
        FigureKept.begins.in_(periods),
        FigureKept.slice == cut.slice,
        FigureKept.part == cut.part,
        FigureKept.figure.in_(figures),
        FigureKept.number != 0,
    )
    for begins, figure, value, number in db.session.execute(query):
        found[begins][figure][value] = number
    return found


def parts(grain: Grain, periods: Collection[date]) -> dict[Slice, dict[str, dict[date, int]]]:
    """Which parts payments of these periods had, and how many of each were paid."""
    found: dict[Slice, dict[str, dict[date, int]]] = {each: {} for each in Slice if each is not Slice.ALL}
    columns = FigureKept.slice, FigureKept.part, FigureKept.begins, FigureKept.figure, FigureKept.number
    of_these = FigureKept.grain == grain, FigureKept.begins.in_(periods), FigureKept.slice != Slice.ALL
    is_opened = (FigureKept.figure == Figure.WAY) & (FigureKept.value == Step.OPENED)
    query = select(*columns).where(*of_these, is_opened | (FigureKept.figure == Figure.PAID), FigureKept.number != 0)
    for slice_, part, begins, figure, number in db.session.execute(query.order_by(FigureKept.slice, FigureKept.part)):
        paid = found[Slice(slice_)].setdefault(part, dict.fromkeys(periods, 0))
        paid[begins] += number if figure == Figure.PAID else 0
    return found


def standing() -> Standing:
    reached = keeping.reached()
    if reached is None:
        return Standing()
    as_of = select(Event.at).where(Event.id == reached.event)
    return Standing(db.session.scalars(as_of).one_or_none(), reached.zone, max(0, trail.newest() - reached.event))


def series(grain: Grain, periods: Sequence[date], cut: Cut) -> dict[date, Numbers]:
    """What is drawn over time."""
    return numbers(grain, periods, cut, (Figure.WAY, Figure.INTERRUPTED, Figure.PAID, Figure.RESCUED_BY))
