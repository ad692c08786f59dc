"""Polls that are put off until there is news, so that an open page shows a change at once.

Whoever waits has neither a thread nor a connection of their own for that: their request lies here, some kilobytes, and
is taken up again by who brings the news (`web/later.py`). What this process writes is told at once. What another has
written, on whatever machine, is found by one thread, which asks for the versions of all sessions that somebody waits
for, in one question, ten times a second and only while somebody waits. What it costs beside plain polling is in
bench/README.md.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.payments.core.models import PaymentSession

log = logging.getLogger(__name__)

# In seconds; well under the 8 s after which the page gives a request up, and no proxy cuts it off so early.
LONGEST_WAIT = 5.0
# In seconds; a tenth is "at once" to people.
BETWEEN_QUESTIONS = 0.1


class Waiting(NamedTuple):
    """Somebody who has `seen` a version of a session, is answered by `come_back`, and at `until` at the latest."""

    session_id: str
    seen: int
    until: float
    come_back: Callable[[], object]


class WaitingRoom:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting: list[Waiting] = []
        self._is_watched = self._is_closed = False

    def wait(self, session_id: str, seen: int, come_back: Callable[[], object], places: int) -> bool:
        """Have `come_back` called when a session may have another version than `seen`, or after a while.

        Returns False, and calls nothing, where so many `places` are taken.
        """
        with self._lock:
            if self._is_closed or len(self._waiting) >= places or not self._is_watched_from_now_on():
                return False
            self._waiting.append(Waiting(session_id, seen, time.monotonic() + LONGEST_WAIT, come_back))
        return True

    def news_of(self, session_id: str) -> None:
        """Answer all who wait for a session."""
        if self._waiting:
            self._answer(lambda waiting: waiting.session_id == session_id)

    def close(self) -> None:
        """Answer all, and let nobody wait any more."""
        self._is_closed = True
        self._answer(lambda waiting: True)

    def _is_watched_from_now_on(self) -> bool:
        if not self._is_watched:
            with suppress(RuntimeError):  # the system gives this process no thread more
                threading.Thread(target=self._watch, name="watches for news", daemon=True).start()
                self._is_watched = True
        return self._is_watched

    def _watch(self) -> None:
        """Answer whoever there is news for, or who has waited for long enough, until nobody waits."""
        while True:
            time.sleep(BETWEEN_QUESTIONS)
            with self._lock:
                waiting = list(self._waiting)
                self._is_watched = bool(waiting)
            if not waiting:
                return
            self._answer(self._is_at_an_end(waiting))

    def _is_at_an_end(self, waiting: Sequence[Waiting]) -> Callable[[Waiting], bool]:
        """Which of those who wait need wait no longer; whoever has come meanwhile is looked for next time."""
        asked, now = {each.session_id for each in waiting}, time.monotonic()
        versions = self._versions(list(asked))
        return lambda each: (
            each.until <= now or (each.session_id in asked and versions.get(each.session_id) != each.seen)
        )

    def _answer(self, whom: Callable[[Waiting], bool]) -> None:
        answered: list[Waiting] = []
        waiting_on: list[Waiting] = []
        with self._lock:
            for waiting in self._waiting:
                (answered if whom(waiting) else waiting_on).append(waiting)
            self._waiting = waiting_on
        for waiting in answered:
            try:
                waiting.come_back()
            except Exception:  # the others are to be answered all the same
                log.exception("who waited for news could not be answered")

    def _versions(self, session_ids: Sequence[str]) -> dict[str, int]:
        question = select(PaymentSession.id, PaymentSession.version).where(PaymentSession.id.in_(session_ids))
        try:
            with self._engine.connect() as connection:
                return dict(connection.execute(question).all())
        except Exception as error:  # all are answered, ask for themselves, and are told what is the matter
            if not isinstance(error, SQLAlchemyError):  # such as that the process has no file more for psycopg
                log.exception("it cannot be asked whether there is news")
            return {}
