"""What is told of a period, against the one before: a list of sections, which page, JSON and CSV show alike."""

from collections.abc import Callable, Iterator, Mapping
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
        return not any(any(point[1:]) for point in self.series)


def report(grain: Grain, begins: date, cut: Cut) -> Report:
    """Everything about a period."""
    pair = begins, one_before(grain, begins)
    found = reading.numbers(grain, pair, cut, tuple(Figure))
    parts = reading.parts(grain, pair)
    sections = [*_sections(found[pair[0]], found[pair[1]])]
    for slice_ in parts if cut.slice is Slice.ALL else ():
        rows = [Row(part, paid[pair[0]], paid[pair[1]]) for part, paid in parts[slice_].items() if any(paid.values())]
        sections.append(Section(slice_, rows))
    return Report(grain, begins, cut, sections, _series(grain, begins, cut), {key: [*parts[key]] for key in parts})


def _sections(now: Numbers, before: Numbers) -> Iterator[Section]:
    def both(count: Callable[[Numbers], Mapping[str, int]], names: Mapping[str, object] | None = None) -> list[Row]:
        counts, others = count(now), count(before)
        listed = names if names is not None else dict.fromkeys(sorted(counts.keys() | others.keys()))
        return [Row(name, counts.get(name, 0), others.get(name, 0)) for name in listed]

    def money(figure: Figure) -> list[Row]:
        sums = both(lambda numbers: numbers[figure])
        return [row._replace(name=figure, unit=Unit.MONEY, currency=row.name) for row in sums]

    def total(figure: Figure, name: str) -> list[Row]:
        return [Row(name, sum(now[figure].values()), sum(before[figure].values()))]

    rescued = [*total(Figure.INTERRUPTED, "interrupted"), *total(Figure.RESCUED_BY, "rescued")]
    yield Section("rescued", rescued + money(Figure.RESCUED_SUM))
    yield Section("rescued_from", both(lambda numbers: numbers[Figure.RESCUED_FROM], dict.fromkeys(Interruption)))
    yield Section("rescued_by", both(lambda numbers: numbers[Figure.RESCUED_BY], dict.fromkeys(Rescuer)))
    yield Section("way", both(lambda numbers: numbers[Figure.WAY], dict.fromkeys(Step)))
    yield Section("lost", both(_lost, dict.fromkeys(_lost({}))))
    yield Section("paid", total(Figure.PAID, "paid") + money(Figure.TAKEN))
    for figure in (Figure.TIME_TO_PAY, Figure.TIME_TO_TRUTH):
        yield Section(figure, _times(now[figure], before[figure]))
    yield Section("attempts", both(lambda numbers: numbers[Figure.ATTEMPTS]))
    yield Section("declines", both(lambda numbers: numbers[Figure.DECLINES]))
    yield Section("refunds", total(Figure.REFUNDS, "refunds") + money(Figure.REFUNDED_SUM))
    yield Section("disputes", total(Figure.DISPUTES, "disputes") + money(Figure.DISPUTED_SUM))


def _lost(numbers: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How many have gone no further than each step, so far."""
    way = numbers.get(Figure.WAY, {})
    steps = [way.get(step, 0) for step in (Step.OPENED, Step.TRIED, Step.AT_GATEWAY, Step.PAID)]
    names = ("not_tried", "not_at_gateway", "not_paid")
    return {name: steps[at] - steps[at + 1] for at, name in enumerate(names)}


def _times(now: Mapping[str, int], before: Mapping[str, int]) -> list[Row]:
    counts, others = ({int(value): number for value, number in each.items()} for each in (now, before))
    return [
        Row(name, percentile(counts, percent), percentile(others, percent), Unit.SECONDS)
        for name, percent in PERCENTILES.items()
    ]


def _series(grain: Grain, begins: date, cut: Cut) -> list[Point]:
    periods = up_to(grain, begins, DRAWN[grain])
    return [_point(first, numbers) for first, numbers in reading.series(grain, periods, cut).items()]


def _point(first: date, numbers: Numbers) -> Point:
    paid, interrupted, rescued = (
        sum(numbers[figure].values()) for figure in (Figure.PAID, Figure.INTERRUPTED, Figure.RESCUED_BY)
    )
    return Point(first, numbers[Figure.WAY].get(Step.OPENED, 0), paid, interrupted, rescued)
