"""Two at the same moment, with real threads."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import TypeVar
from unittest.mock import patch

from flask import Flask

from smartcart.database.session import db

Answer = TypeVar("Answer")
# So long somebody who is done waits for the others, in seconds: those who still have to wait for them come later. On a
# machine so busy that this is too short, a test shows less than it could.
PATIENCE = 0.3


def together(app: Flask, *actions: Callable[[], Answer]) -> list[Answer | Exception]:
    """Start all actions at the same moment, each on a thread of its own; returns what each returned or raised."""
    ready = Barrier(len(actions))

    def run(action: Callable[[], Answer]) -> Answer | Exception:
        with app.app_context():
            ready.wait(timeout=10)
            try:
                return action()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def overlapping(app: Flask, *actions: Callable[[], Answer]) -> list[Answer | Exception]:
    """As `together`, and nobody commits before all others want to as well, or have to wait for somebody."""
    commit, meet = db.session.commit, meeting(len(actions))

    def commit_late() -> None:
        meet()
        commit()

    with patch.object(db.session, "commit", commit_late):
        return together(app, *actions)


def meeting(people: int) -> Callable[[], None]:
    """Each who comes waits for the others, for a while."""
    barrier = Barrier(people)

    def meet() -> None:
        with suppress(BrokenBarrierError):
            barrier.wait(PATIENCE)

    return meet


def kinds(answers: Sequence[object]) -> Counter[str]:
    """How many of each kind of answer there were."""
    return Counter(type(answer).__name__ for answer in answers)
