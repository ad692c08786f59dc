"""What was asked of the sandbox, and how a reference stands after it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Effect(StrEnum):
    """What a request does at its moment."""

    CHARGE = "charge"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Request:
    effect: Effect
    effective_at: float | None
    code: str
    return_url: str
    set_aside: bool = False


class Standing(NamedTuple):
    """How a reference stands; `request` is None of an attempt that never arrived. `held_at` is when its sum was set
    aside (seconds since 1970), whatever became of that."""

    is_charged: bool
    is_closed: bool
    request: Request | None
    held_at: float | None = None
