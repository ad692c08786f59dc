"""Waiting for a condition, with a limit; never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


# In seconds, between two looks at a condition: three times as long as the last one took, so that what is waited for
# has the processor meanwhile; but no shorter or longer than this.
SHORTEST, LONGEST = 0.02, 0.05


def wait_for(condition: Callable[[], Answer], limit: float = 60.0) -> Answer:
    """The condition's first true answer. Raises AssertionError after `limit` seconds."""
    ends = time.monotonic() + limit
    looked = time.monotonic()
    while not (answer := condition()):
        now = time.monotonic()
        assert now < ends, f"still not so after {limit} seconds"
        time.sleep(min(max(SHORTEST, 3 * (now - looked)), LONGEST))
        looked = time.monotonic()
    return answer
