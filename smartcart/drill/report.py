"""The report of a drill."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

# So many of a broken promise's cases are shown to people; JSON has them all.
SHOWN = 10


@dataclass(frozen=True)
class Report:
    """What a drill found; times in seconds. `played` is what was done to the shop beside the kills; `broken` has, by
    promise, a sentence for each time it was not kept."""

    seed: int
    payments: int
    attempts: int
    kills: int
    seconds: float
    longest_time_to_the_truth: float
    answers_judged: int
    letters_judged: Mapping[str, int]
    played: Mapping[str, int]
    interruptions: Mapping[str, int]
    sessions: Mapping[str, int]
    broken: Mapping[str, list[str]]

    @property
    def passed(self) -> bool:
        return not any(self.broken.values())

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}

    def lines(self) -> Iterator[str]:
        """The report for people to read."""
        yield f"Seed {self.seed}: {self.payments} payments, {self.kills} kills, {self.seconds:.0f} s."
        yield _row("attempts", self.attempts)
        yield _row("played", _listed(self.played))
        yield _row("interruptions", _listed(self.interruptions))
        yield _row("sessions", _listed(self.sessions))
        yield _row("answers judged", self.answers_judged)
        yield _row("letters judged", _listed(self.letters_judged))
        yield _row("longest time to the truth", f"{self.longest_time_to_the_truth:.1f} s")
        for promise, cases in self.broken.items():
            yield _row(promise, len(cases))
            yield from (f"    {case}" for case in cases[:SHOWN])
        yield "Every promise was kept." if self.passed else "A promise was broken."


def _row(name: str, value: object) -> str:
    return f"  {name:<26} {value}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
