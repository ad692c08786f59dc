"""Looks a shop over: whether what it needs is there and right, and what to do where it is not."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`wrong` is what payments or their safety suffer from; `warning` is for a person to decide about."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's: what was looked at, what was found, and what to do about it."""

    subject: str
    verdict: Verdict
    found: str
    to_do: str = ""


def ok(subject: str, found: str) -> Finding:
    return Finding(subject, Verdict.OK, found)


def warning(subject: str, found: str, to_do: str) -> Finding:
    return Finding(subject, Verdict.WARNING, found, to_do)


def wrong(subject: str, found: str, to_do: str) -> Finding:
    return Finding(subject, Verdict.WRONG, found, to_do)
