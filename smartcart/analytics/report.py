"""What is told of a period, against the one before: a list of sections, which page, JSON and CSV show alike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from smartcart.analytics import reading
from smartcart.analytics.figures import Figure, Rescuer, Slice, Step
from smartcart.analytics.reading import Cut, Numbers
from smartcart.rules.distributions import percentile
from smartcart.rules.outcomes import Interruption
from smartcart.rules.periods import Grain, next_one, one_before, up_to

# So many periods are drawn: two weeks, a quarter, and a year with the same month of the year before.
DRAWN = {Grain.DAY: 14, Grain.WEEK: 13, Grain.MONTH: 13}
PERCENTILES = {"median": 50, "p90": 90, "p99": 99}


class Unit(StrEnum):
    """Numbers, sums in minor units, and durations in tenths of a second."""

    NUMBER = "number"
    MONEY = "money"
    SECONDS = "seconds"


class Row(NamedTuple):
    """A figure by its name within its section, now and in the period before; None where there is nothing to tell."""

    name: str
    now: int | None
    before: int | None
    unit: Unit = Unit.NUMBER
    currency: str = ""


class Section(NamedTuple):
    """Figures that belong together; `key` is what they are explained by."""

    key: str
    rows: list[Row]


class Point(NamedTuple):
    """A period of those that are drawn."""

    begins: date
    opened: int
    paid: int
    interrupted: int
    rescued: int

    @property
    def drawn(self) -> tuple[int, int]:
        """Those that were paid, and how many of them were rescued."""
        return self.paid, self.rescued


@dataclass(frozen=True)
class Report:
    """Of a period by its first day, of the payments of `cut`; `parts` are all that it could be of instead."""

    grain: Grain
    begins: date
    cut: Cut
    sections: list[Section]
    series: list[Point]
    parts: dict[Slice, list[str]]

    @property
    def before(self) -> date:
        return one_before(self.grain, self.begins)

    @property
    def next(self) -> date:
        return next_one(self.grain, self.begins)

    @property
    def ends(self) -> date:
        """Its last day."""
        return self.next - timedelta(days=1)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened, neither in this period nor in those before that are drawn."""
        figures = (row.now or row.before for section in self.sections for row in section.rows)
        return not any(figures) and not any(any(point[1:]) for point in self.series)


def report(grain: Grain, begins: date, cut: Cut) -> Report:
    """Everything about a period."""
    periods = begins, one_before(grain, begins)
    found = reading.numbers(grain, periods, cut, tuple(Figure))
    parts = reading.parts(grain, periods)
    sections = _sections(_Pair(*found.values()))
    if cut.slice is Slice.ALL:
        sections += [Section(slice_, _by_part(parts[slice_], *periods)) for slice_ in parts]
    return Report(grain, begins, cut, sections, _series(grain, begins, cut), {key: [*parts[key]] for key in parts})


def _by_part(paid: Mapping[str, Mapping[date, int]], now: date, before: date) -> list[Row]:
    """How many payments of each part were paid, where any was."""
    return [Row(part, numbers[now], numbers[before]) for part, numbers in paid.items() if any(numbers.values())]


def _sections(pair: "_Pair") -> list[Section]:
    """All but those by parts."""
    rescued = [*pair.total(Figure.INTERRUPTED, "interrupted"), *pair.total(Figure.RESCUED_BY, "rescued")]
    return [
        Section("rescued", rescued + pair.sums(Figure.RESCUED_SUM)),
        Section("interrupted", pair.each(Figure.INTERRUPTED, Interruption)),
        Section("rescued_from", pair.each(Figure.RESCUED_FROM, Interruption)),
        Section("rescued_by", pair.each(Figure.RESCUED_BY, Rescuer)),
        Section("way", pair.each(Figure.WAY, Step)),
        Section("lost", pair.rows(_lost)),
        Section("paid", pair.total(Figure.PAID, "paid") + pair.sums(Figure.TAKEN)),
        Section("time_to_pay", pair.times(Figure.TIME_TO_PAY)),
        Section("time_to_truth", pair.times(Figure.TIME_TO_TRUTH)),
        Section("attempts", pair.each(Figure.ATTEMPTS)),
        Section("declines", pair.each(Figure.DECLINES)),
        Section("refunds", pair.total(Figure.REFUNDS, "refunds") + pair.sums(Figure.REFUNDED_SUM)),
        Section("disputes", pair.total(Figure.DISPUTES, "disputes") + pair.sums(Figure.DISPUTED_SUM)),
    ]


@dataclass(frozen=True)
class _Pair:
    """The figures of a period, and of the one before."""

    now: Numbers
    before: Numbers

    def rows(self, count: Callable[[Numbers], Mapping[str, int]], names: Iterable[str] = ()) -> list[Row]:
        """What is counted of both: by these names in their order, or by those that there are."""
        now, before = count(self.now), count(self.before)
        listed = [*names] or sorted(now.keys() | before.keys())
        return [Row(name, now.get(name, 0), before.get(name, 0)) for name in listed]

    def each(self, figure: Figure, names: Iterable[str] = ()) -> list[Row]:
        """A number for each value."""
        return self.rows(lambda numbers: numbers[figure], names)

    def sums(self, figure: Figure) -> list[Row]:
        """A sum for each currency."""
        return [Row(figure, row.now, row.before, Unit.MONEY, row.name) for row in self.each(figure)]

    def total(self, figure: Figure, name: str) -> list[Row]:
        """All values together, under one name."""
        return [Row(name, sum(self.now[figure].values()), sum(self.before[figure].values()))]

    def times(self, figure: Figure) -> list[Row]:
        """Percentiles of how long things took."""
        now, before = (
            {int(value): number for value, number in each[figure].items()} for each in (self.now, self.before)
        )
        return [
            Row(name, percentile(now, percent), percentile(before, percent), Unit.SECONDS)
            for name, percent in PERCENTILES.items()
        ]


def _lost(numbers: Numbers) -> dict[str, int]:
    """How many have gone no further than each step, so far."""
    steps = [numbers[Figure.WAY].get(step, 0) for step in (Step.OPENED, Step.TRIED, Step.AT_GATEWAY, Step.PAID)]
    names = ("not_tried", "not_at_gateway", "not_paid")
    return {name: steps[at] - steps[at + 1] for at, name in enumerate(names)}


def _series(grain: Grain, begins: date, cut: Cut) -> list[Point]:
    periods = up_to(grain, begins, DRAWN[grain])
    return [_point(first, numbers) for first, numbers in reading.series(grain, periods, cut).items()]


def _point(first: date, numbers: Numbers) -> Point:
    paid, interrupted, rescued = (
        sum(numbers[figure].values()) for figure in (Figure.PAID, Figure.INTERRUPTED, Figure.RESCUED_BY)
    )
    return Point(first, numbers[Figure.WAY].get(Step.OPENED, 0), paid, interrupted, rescued)
