"""Waiting for a condition, with a limit; never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_for(condition: Callable[[], Answer], limit: float = 60.0) -> Answer:
    """The condition's first true answer. Raises AssertionError after `limit` seconds."""
    ends = time.monotonic() + limit
    while not (answer := condition()):
        assert time.monotonic() < ends, f"still not so after {limit} seconds"
        time.sleep(0.01)
    return answer
