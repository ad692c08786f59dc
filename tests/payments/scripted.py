"""A gateway that does what a test tells it."""

from pathlib import Path
from typing import Any

from smartcart import clock
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.payments.opened import time_passes

DOWN = ConnectionError("the gateway is down")


class Scripted(Sandbox):
    """The sandbox on the shop's own clock. `asked` is all that it was asked; `instead` holds what some methods answer,
    raise or do instead of their own."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lambda: clock.now().timestamp(), time_passes)
        self.instead: dict[str, Any] = {}
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name not in ("open", "charge", "ask", "withdraw", "close", "refund", "balance", "capture"):
            return super().__getattribute__(name)
        self.asked.append(name)
        return self._something_else if name in self.instead else super().__getattribute__(name)

    def _something_else(self, *_given: object) -> Any:
        answer = self.instead[self.asked[-1]]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer
