"""Ports at which nobody listens, to be listened at later."""

import os
import socket
from itertools import cycle
from secrets import randbelow

# Below those that Linux gives to whoever connects (from 32,768, ip(7)): a test's own connections take hundreds of them,
# and would be there before whoever is to listen. From 20,000 on a drill has its own (smartcart/drill/processes.py). So
# many are each runner's, that no two choose the same.
LOWEST, OF_EACH, RUNNERS = 10_000, 2_500, 4

_runner = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % RUNNERS
_first = LOWEST + _runner * OF_EACH
_begun = randbelow(OF_EACH)  # somewhere, for others may test here as well
_turns = cycle([_first + (_begun + number) % OF_EACH for number in range(OF_EACH)])


def free_port() -> int:
    """Another at each call, until all have had their turn."""
    return next(filter(_is_free, _turns))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
