"""The shop with a sandbox that keeps a journal of what it was sent, and is silent while a file is there.

Run by `weather`, with `FOLDER serve --port 8000` and the like; any number of processes share a folder.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from smartcart import commands
from smartcart.gateways.choice import LONGEST_QUESTION
from smartcart.gateways.protocol import ChargeRequest
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.rules.outcomes import TIMED_OUT, Outcome

SILENT, JOURNAL = "silent", "journal"
# What the gateway can be asked besides to charge.
QUESTIONS = ("ask", "withdraw", "close")


def main() -> None:
    folder = Path(sys.argv.pop(1))
    Sandbox.charge = _noting_charges(folder, Sandbox.charge)  # type: ignore[method-assign]
    for name in QUESTIONS:
        setattr(Sandbox, name, _hanging_in_silence(folder, getattr(Sandbox, name)))
    commands.main()


def _noting_charges(folder: Path, charge: Callable[[Sandbox, ChargeRequest], Outcome]) -> Any:
    @wraps(charge)
    def charges(sandbox: Sandbox, request: ChargeRequest) -> Outcome:
        sent_at = time.time()
        if (folder / SILENT).exists():
            request = replace(request, method=_in_silence(request.session))
        outcome = charge(sandbox, request)
        _note(folder, "charge", request.session, request.attempt, sent_at)
        return outcome

    return charges


def _in_silence(session: str) -> str:
    """Every other is charged, though nobody hears of it."""
    return "sandbox_timeout_charged" if sum(session.encode()) % 2 else "sandbox_timeout"


def _hanging_in_silence(folder: Path, ask: Callable[..., Outcome]) -> Any:
    @wraps(ask)
    def hangs(sandbox: Sandbox, handle: Any, *more: Any) -> Outcome:
        if not (folder / SILENT).exists():
            return ask(sandbox, handle, *more)
        sent_at = time.time()
        time.sleep(LONGEST_QUESTION)
        _note(folder, "question", handle.session, 0, sent_at)
        return TIMED_OUT

    return hangs


def _note(folder: Path, what: str, session: str, attempt: int, sent_at: float) -> None:
    """A line, whole, whoever else writes: what is added to a file by one short write is not mixed with another's."""
    with (folder / JOURNAL).open("a", encoding="utf-8") as journal:
        journal.write(json.dumps([what, session, attempt, sent_at, time.time()]) + "\n")


if __name__ == "__main__":
    main()
