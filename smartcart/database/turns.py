"""Whose turn it is to write, where one writes at a time: first come, first served, and for how long anybody waits."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import TimeoutError as TookTooLong

# In seconds, for those before in this process and for another program's lock together: a shopper should hear before
# they give up, and a page waits no longer for its poll.
LIMIT = 10.0
# A turn takes milliseconds. Who has had it for so long stands still, for want of another program's lock or of the disk.
STANDS_STILL = 1.0
# So many requests may then wait out the limit: half of the threads that answer them. The others are for reading.
WAITING_REQUESTS = 4


@dataclass(eq=False)
class _Waiting:
    turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.turn.acquire()


class Turns:
    """Writers of one process.

    SQLite's own busy wait is unfair: of 8 threads the unluckiest waited 3 s for its turn. So is Python's own lock: who
    lets go of it takes it again before a thread that waits has woken up.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._since = 0.0
        self._requests = 0
        self._waiting: deque[_Waiting] = deque()

    @contextmanager
    def take(self, for_a_request: bool = False) -> Iterator[float]:
        """Have the turn; returns how many seconds are left of the limit. Raises TookTooLong.

        Somebody's `request` must not keep threads from all who only read.
        """
        ends = time.monotonic() + LIMIT
        with self._counted(for_a_request) as at_once:
            self._come(at_once, ends)
            try:
                yield max(0.0, ends - time.monotonic())
            finally:
                self._pass_on()

    @contextmanager
    def _counted(self, for_a_request: bool) -> Iterator[int]:
        """How many requests are here, with this one; none where this is no request."""
        with self._guard:
            self._requests += for_a_request
            here = self._requests if for_a_request else 0
        try:
            yield here
        finally:
            with self._guard:
                self._requests -= for_a_request

    def _come(self, requests: int, ends: float) -> None:
        now, is_one_too_many = time.monotonic(), requests > WAITING_REQUESTS
        with self._guard:
            if not self._taken:
                self._taken, self._since = True, now
                return
            if is_one_too_many and now - self._since > STANDS_STILL:
                raise TookTooLong("whoever writes stands still, and enough others wait")
            mine = _Waiting()
            self._waiting.append(mine)
        longest = min(ends, now + STANDS_STILL) if is_one_too_many else ends
        if not mine.turn.acquire(timeout=max(0.0, longest - now)):
            self._leave(mine)

    def _leave(self, mine: _Waiting) -> None:
        """Wait no longer, unless the turn has come at this very moment."""
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise TookTooLong("the turn to write did not come")

    def _pass_on(self) -> None:
        with self._guard:
            self._since = time.monotonic()
            if self._waiting:
                self._waiting.popleft().turn.release()
            else:
                self._taken = False
