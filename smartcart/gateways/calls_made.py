"""How often gateways were asked, by kind, in this process: counted where the request leaves, written down elsewhere."""

from collections import Counter
from threading import Lock

_lock = Lock()
_made: Counter[str] = Counter()


def count(kind: str, number: int = 1) -> None:
    """One more of a kind, such as "GET charges"."""
    with _lock:
        _made[kind] += number


def take() -> Counter[str]:
    """What was counted since this was last called."""
    with _lock:
        taken = _made.copy()
        _made.clear()
    return taken
