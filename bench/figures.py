"""A figure: what was measured, against what, and what it must be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """`ratio` of what was `measured` to the `yardstick` (both as people read them), and its limit, if it has one.

    `database` is "SQLite", "PostgreSQL", or empty where none is asked.
    """

    name: str
    database: str
    ratio: float
    measured: str = ""
    yardstick: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    @property
    def ratio_text(self) -> str:
        return f"{self.ratio:.2f}" if self.ratio < 100 else f"{self.ratio:,.0f}"

    @property
    def is_met(self) -> bool:
        return (self.at_least is None or self.ratio >= self.at_least) and (
            self.at_most is None or self.ratio <= self.at_most
        )


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each measures, round by round. Each round goes through all: a slow minute of the machine hits all."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def ratio(measured: list[float], yardstick: list[float]) -> float:
    """The median over the rounds of one divided by the other in the same round."""
    return median(one / other for one, other in zip(measured, yardstick, strict=True))


def per_second(rates: list[float]) -> str:
    """The median of rates as people read it."""
    return f"{median(rates):,.0f}/s"


def milliseconds(seconds: list[float]) -> str:
    """The median of times as people read it."""
    return f"{median(seconds) * 1000:.1f} ms"


def microseconds(seconds: list[float]) -> str:
    """The same of shorter times."""
    return f"{median(seconds) * 1_000_000:,.0f} µs"
