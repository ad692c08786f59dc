"""How many questions the gateway is asked at once, by how it has answered the last ones; known to this process alone.

While it is silent it is asked little: threads that hang are no use to shoppers, nor to what waits once it is back.
"""

from collections import Counter
from datetime import datetime
from threading import Lock

from smartcart import clock
from smartcart.rules import patience


class GatewayPace:
    """Of the `threads` for the gateway seven eighths ask while it answers, and one once it is silent.

    Each time it comes back an `era` begins. What still hangs from one before takes no room, and its silence is no news.
    """

    def __init__(self, threads: int) -> None:
        self.most, self._fewest = questions_of(threads), max(1, threads // 8)
        self._limit = float(self.most)
        self._under_way: Counter[int] = Counter()
        self._changing = Lock()
        self.is_silent = False
        self.era = 0
        self.back_at: datetime | None = None  # since when it answers again, if it was ever silent
        self.silent_since: datetime | None = None
        self.answers_since: datetime | None = None  # with this process alone, if it has asked at all

    @property
    def room(self) -> int:
        """How many more questions may be begun."""
        return int(self._limit) - self._under_way[self.era]

    def begin(self) -> int:
        """A question is begun; returns its era."""
        with self._changing:
            self._under_way[self.era] += 1
            return self.era

    def end(self, era: int) -> None:
        """A question of that era is over."""
        with self._changing:
            self._under_way[era] -= 1

    def note(self, answered: bool, era: int) -> bool:
        """What was asked in that era was answered, or was not; returns whether the gateway is back with this."""
        with self._changing:
            is_back = answered and self.is_silent
            if answered or era == self.era:
                self._limit = patience.questions_at_once(self._limit, answered, self._fewest, self.most)
                self.is_silent = not answered and (self.is_silent or self._limit == self._fewest)
            if is_back:
                self.era, self.back_at = self.era + 1, clock.now()
            self._keep_time(answered)
        return is_back

    def _keep_time(self, answered: bool) -> None:
        if self.is_silent:
            self.silent_since, self.answers_since = self.silent_since or clock.now(), None
        elif answered:
            self.silent_since, self.answers_since = None, self.answers_since or clock.now()


def questions_of(threads: int) -> int:
    """How many of the threads may be busy with what is no charge.

    Two of the usual sixteen are left, and a new payment beside 10,000 questions takes what it always does.
    """
    return max(1, threads - max(1, threads // 8))
