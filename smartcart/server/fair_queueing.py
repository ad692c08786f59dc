"""Who asks for one thing over and over keeps nobody else waiting: fair queueing, by who asks for what.

As routers do it for whoever sends through them (Nagle, On Packet Switches With Infinite Storage, RFC 970, 1985): each
flow has a line of its own, and one at a time of each line is served. Python works on one request at a time anyway, so a
flow is not slower for it; without, a stranger's sixteen connections have sixteen of seventeen turns.
"""

import time
from collections import deque
from threading import Lock
from typing import Any, NamedTuple

# Whose request it is, and the path that it asks for.
Flow = tuple[str, str]
# What has been under way for so long, in seconds, waits for something (a database, a gateway), and leaves Python's turn
# to others: the next of its line need not wait as well. The slowest page takes a tenth of it.
LONGEST_TURN = 0.25
# Between two turns of one line everybody else has the processor for at least so long, in seconds. Whose line never ends
# never sleeps: it would let go of Python for each question to SQLite, which answers before a thread that waits for
# Python has woken up, and take it back. As short as Linux sleeps (its timers have a slack of 50 µs).
BETWEEN_TURNS = 0.00005


class Turn(NamedTuple):
    """A request whose turn it is, and since when."""

    request: Any
    began_at: float


class FairQueueing:
    """The lines; any thread may come and go."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[Flow, list[float]] = {}  # since when, of each
        self._waiting: dict[Flow, deque[Any]] = {}  # the first in front; of most flows nobody ever waits

    def enter(self, flow: Flow, request: Any) -> Turn | None:
        """Stand in line; returns whose turn it is now, and None where somebody's is who will see to the next."""
        now = time.monotonic()
        with self._lock:
            if flow not in self._under_way:
                self._under_way[flow] = [now]
                return Turn(request, now)
            self._waiting.setdefault(flow, deque()).append(request)
            return self._next(flow, now)

    def leave(self, flow: Flow, turn: Turn) -> Turn | None:
        """A turn is over; returns whose is next."""
        with self._lock:
            under_way = self._under_way[flow]
            under_way.remove(turn.began_at)
            following = self._next(flow, time.monotonic()) if flow in self._waiting else None
            if not under_way:
                del self._under_way[flow]
            return following

    def overdue(self) -> list[tuple[Flow, Turn]]:
        """Whose turn it is because who is before them waits for something: nobody else may come or go for a while."""
        now = time.monotonic()
        with self._lock:
            turns = [(flow, self._next(flow, now)) for flow in list(self._waiting)]
        return [(flow, turn) for flow, turn in turns if turn]

    @property
    def has_line(self) -> bool:
        """Whether anybody waits for a turn."""
        return bool(self._waiting)

    def _next(self, flow: Flow, now: float) -> Turn | None:
        """Whose turn it is, if nobody's has just begun."""
        under_way, waiting = self._under_way[flow], self._waiting[flow]
        if any(now - began_at < LONGEST_TURN for began_at in under_way):
            return None
        under_way.append(now)
        following = Turn(waiting.popleft(), now)
        if not waiting:
            del self._waiting[flow]
        return following
