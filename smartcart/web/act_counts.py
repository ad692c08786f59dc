"""What the limits of this process count, without a thread for each press."""

import time
from threading import Lock

from limits.storage import MemoryStorage

# What is over is cleared away so often, in seconds; until then a count takes some hundred bytes.
CLEARING = 60.0


class ActCounts(MemoryStorage):
    """limits' own in memory, but for when it forgets: at a press now and then, in the thread that has it.

    Its own starts a thread for that at each press that comes 10 ms after another, which then walks through the counts
    of all shoppers: a fifth of the time of a press among few of them, and more with each more.
    """

    STORAGE_SCHEME = ["smartcart-memory"]  # noqa: RUF012  # as limits declares it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._guard = Lock()
        self._cleared_at = time.time()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` for a key, whose count begins anew `expiry` seconds after its first; returns the count."""
        with self._guard:
            now = time.time()
            if abs(now - self._cleared_at) >= CLEARING:  # a clock may be set back
                self._clear(now)
            if self.expirations.get(key, 0) <= now:
                self.storage[key], self.expirations[key] = 0, now + expiry
            self.storage[key] += amount
            return self.storage[key]

    def _clear(self, now: float) -> None:
        for key in [key for key, end in self.expirations.items() if end <= now]:
            self.clear(key)
        self._cleared_at = now
