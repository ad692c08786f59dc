"""Polls that are held back until there is news, so that an open page shows a change at once.

Whoever waits has a thread of the server, which sleeps and costs 0.1 MB of memory. One more thread asks for the versions
of all sessions that somebody waits for, in one question, ten times a second and only while somebody waits. So it does
not matter which process changed a session, on which machine, or on which database. What it costs beside plain polling
is in bench/README.md.
"""

import threading
import time
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartcart.payments.core.models import PaymentSession

# In seconds; well under the 8 s after which the page gives a request up, and no proxy cuts it off so early.
LONGEST_WAIT = 5.0
# In seconds; a tenth is "at once" to people.
BETWEEN_QUESTIONS = 0.1


class WaitingRoom:
    """Has so many `places`; whoever comes when all are taken does not wait."""

    def __init__(self, engine: Engine, places: int) -> None:
        self._engine = engine
        self._places = threading.BoundedSemaphore(places) if places else None
        self._lock = threading.Lock()
        self._waiting: dict[threading.Event, tuple[str, int]] = {}
        self._is_watched = False

    def wait_for_news(self, session_id: str, seen: int) -> bool:
        """Return when a session has another version than `seen`, or after a while; False if there was no place."""
        if self._places is None or not self._places.acquire(blocking=False):
            return False
        news = threading.Event()
        try:
            self._sit_down(news, session_id, seen)
            news.wait(LONGEST_WAIT)
        finally:
            with self._lock:
                self._waiting.pop(news, None)
            self._places.release()
        return True

    def _sit_down(self, news: threading.Event, session_id: str, seen: int) -> None:
        with self._lock:
            self._waiting[news] = session_id, seen
            if not self._is_watched:
                threading.Thread(target=self._watch, name="watches for news", daemon=True).start()
                self._is_watched = True

    def _watch(self) -> None:
        """Wake whoever there is news for, until nobody waits."""
        while True:
            time.sleep(BETWEEN_QUESTIONS)
            with self._lock:
                waiting = list(self._waiting.items())
                if not waiting:
                    self._is_watched = False
                    return
            versions = self._versions([session_id for _, (session_id, _) in waiting])
            for news, (session_id, seen) in waiting:
                if versions.get(session_id) != seen:
                    news.set()

    def _versions(self, session_ids: Sequence[str]) -> dict[str, int]:
        question = select(PaymentSession.id, PaymentSession.version).where(PaymentSession.id.in_(session_ids))
        try:
            with self._engine.connect() as connection:
                return dict(connection.execute(question).all())
        except SQLAlchemyError:  # all are woken, ask for themselves, and are told what is the matter
            return {}
