"""What the audit trail tells of one payment, as the figures need it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from smartcart.payments.core.models import EventKind
from smartcart.payments.refunds.from_books import LOST, WON_AFTER_ALL
from smartcart.rules.devices import Device
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import IN_FLIGHT, OPEN, Move, State
from smartcart.rules.ways_to_pay import way_to_pay

NOT_TRIED = "not tried"


class Line(NamedTuple):
    """A line of the audit trail."""

    id: int
    session_id: str
    at: datetime
    kind: EventKind
    actor: str
    after: State | None
    move: str
    attempt: int | None
    interruption: Interruption | None
    detail: str
    device: str


class Story:
    """The lines of one payment, oldest first; there is one at least. `amount` is in minor units."""

    def __init__(self, lines: Sequence[Line], amount: int, currency: str) -> None:
        self.lines, self.amount, self.currency = lines, amount, currency

    @property
    def opened(self) -> Line:
        return self.lines[0]

    @cached_property
    def attempts(self) -> dict[int, Line]:
        """Where each attempt began, by its number."""
        return {line.attempt: line for line in self._moves(Move.ATTEMPT) if line.attempt}

    @cached_property
    def known(self) -> dict[int, Line]:
        """By its number, where it became known what an attempt did: the first word that is one."""
        found: dict[int, Line] = {}
        for line in self.lines:
            if line.attempt in self.attempts and line.after and line.after not in IN_FLIGHT:
                found.setdefault(line.attempt or 0, line)
        return found

    @cached_property
    def paid(self) -> Line | None:
        """Where it became known that the money was taken; None where it was not."""
        return next(self._moves(Move.APPROVED), None)

    @cached_property
    def interruptions(self) -> list[Line]:
        """What came in between before it was paid. That a question found no answer is no interruption."""
        return [
            line
            for line in self.lines
            if line.interruption and line.kind is not EventKind.ASKED and (not self.paid or line.id < self.paid.id)
        ]

    @property
    def is_open(self) -> bool:
        """Whether it had not ended when the last line was written."""
        return next((line.after in OPEN for line in reversed(self.lines) if line.after), False)

    @property
    def is_to_be_returned(self) -> bool:
        """Whether all of the money goes back, as nothing could be delivered for it."""
        return any(line.kind is EventKind.REFUND_DUE for line in self.lines)

    @property
    def returned(self) -> int:
        """How much of the money has gone back so far, in minor units."""
        return sum(amount for _, amount in self.given_back()) + sum(amount for _, amount in self.lost())

    def given_back(self) -> Iterator[tuple[Line, int]]:
        """Refunds with their sums; what came back again is less than nothing."""
        return self._sums(is_dispute=False)

    def lost(self) -> Iterator[tuple[Line, int]]:
        """Likewise what banks have taken back by disputes."""
        return self._sums(is_dispute=True)

    @cached_property
    def disputed(self) -> Line | None:
        """Where it was first told that the shopper's bank asks for the money."""
        lost = [line for line, _ in self.lost()]
        asked = [line for line in self.lines if line.kind is EventKind.DISPUTED]
        return min([*lost, *asked], key=lambda line: line.id, default=None)

    def parts(self, attempt: int | None = None) -> tuple[str, str, str]:
        """Its method, currency and kind of device: of one attempt, or of the one that was paid, or of the last."""
        attempt = attempt or (self.paid.attempt if self.paid else None)
        tried = [line for number, line in self.attempts.items() if attempt is None or number <= attempt]
        method = way_to_pay(tried[-1].detail) if tried else NOT_TRIED
        return method, self.currency, _device([self.opened, *tried])

    def _moves(self, move: Move) -> Iterator[Line]:
        return (line for line in self.lines if line.move == move)

    def _sums(self, is_dispute: bool) -> Iterator[tuple[Line, int]]:
        signs = {EventKind.REFUND_MADE: 1, EventKind.REFUND_FAILED: -1}
        for line in self.lines:
            if line.kind in signs and line.detail.endswith((LOST, WON_AFTER_ALL)) is is_dispute:
                yield line, signs[line.kind] * minor_units(line.detail)


def minor_units(detail: str) -> int:
    """The sum that a line begins with, as `audit_trail.in_words` writes it: its digits are those of minor units."""
    return int(re.sub(r"[^0-9]", "", detail.partition(", ")[0]) or 0)


def _device(lines: Iterable[Line]) -> str:
    """The latest that is known: a retry by itself is at no device."""
    return next((line.device for line in reversed([*lines]) if line.device), Device.UNKNOWN)
