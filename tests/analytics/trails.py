"""A payment's audit trail, written down line by line."""

from datetime import UTC, datetime, timedelta
from typing import Any

from smartcart.analytics.story import Line, Story
from smartcart.payments.core.models import EventKind
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import Move, State

OPENED_AT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
AMOUNT = 4200


class Trail:
    """Grows by what happens to a payment of 42 euros, a second each unless it takes longer."""

    def __init__(self, opened_at: datetime = OPENED_AT, device: str = "computer") -> None:
        self.lines: list[Line] = []
        self._at, self._attempt = opened_at, 0
        self._add(EventKind.OPENED, "shopper", after=State.CREATED, device=device)

    def attempt(self, actor: str = "shopper", method: str = "card", device: str = "", takes: float = 1) -> "Trail":
        self._attempt += 1
        after = {"after": State.PROCESSING, "move": Move.ATTEMPT, "detail": method, "device": device}
        return self._add(EventKind.MOVED, actor, takes, attempt=self._attempt, **after)

    def moved(
        self,
        move: Move,
        after: State,
        actor: str = "gateway",
        takes: float = 1,
        interruption: Interruption | None = None,
        code: str = "",
    ) -> "Trail":
        told = {"interruption": interruption, "detail": code, "attempt": self._attempt or None}
        return self._add(EventKind.MOVED, actor, takes, move=move, after=after, **told)

    def approved(self, actor: str = "gateway", takes: float = 1) -> "Trail":
        return self.moved(Move.APPROVED, State.COMPLETED, actor, takes)

    def no_answer(self, interruption: Interruption = Interruption.TIMEOUT) -> "Trail":
        return self.moved(Move.NO_ANSWER, State.CHECKING, interruption=interruption)

    def unreachable(self) -> "Trail":
        return self.moved(Move.UNREACHABLE, State.INTERRUPTED, interruption=Interruption.NETWORK_ERROR)

    def declined(self, code: str = "card_declined") -> "Trail":
        return self.moved(Move.DECLINED, State.INTERRUPTED, code=code)

    def told(self, kind: EventKind, detail: str = "", actor: str = "shopper", takes: float = 1, **more: Any) -> "Trail":
        return self._add(kind, actor, takes, detail=detail, **more)

    def story(self) -> Story:
        return Story(self.lines, AMOUNT, "EUR")

    def _add(self, kind: EventKind, actor: str, takes: float = 1, **more: Any) -> "Trail":
        self._at += timedelta(seconds=takes if self.lines else 0)
        empty = {"after": None, "move": "", "attempt": None, "interruption": None, "detail": "", "device": ""}
        line = Line(id=len(self.lines) + 1, session_id="s", at=self._at, kind=kind, actor=actor, **empty | more)
        self.lines.append(line)
        return self
