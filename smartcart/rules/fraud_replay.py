"""What fraud rules would have done with attempts that were made: counted as they are when a payment begins."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import LOOKED_AT, MOST, By, Rule, Sighting, met_until

# Who paid so long ago is no stranger.
KNOWN_AFTER = timedelta(days=1)
# So many are kept in mind of each shopper, e-mail, address, card and shop: as many as any rule looks at.
KEPT = LOOKED_AT * MOST


class Replay:
    """Attempts, oldest first, as a shop would have seen them; each as it ended, which was known a moment later."""

    def __init__(self) -> None:
        self._seen: dict[tuple[By, str], deque[Sighting]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._first_paid: dict[tuple[By, str], datetime] = {}

    def met(self, rules: Sequence[Rule], attempts: Iterable[Sighting]) -> Iterator[tuple[Rule, ...]]:
        """For each attempt the rules that it would have met, on or off."""
        for attempt in attempts:
            yield tuple(rule for rule in rules if self._is_met(rule, attempt))
            self._see(attempt)

    def _is_met(self, rule: Rule, attempt: Sighting) -> bool:
        before = self._seen.get((rule.by, _key(rule.by, attempt)), ())
        return met_until(rule, attempt, before) is not None and not (rule.strangers and self._has_paid(attempt))

    def _has_paid(self, attempt: Sighting) -> bool:
        known = (self._first_paid.get((by, _key(by, attempt))) for by in (By.SHOPPER, By.EMAIL))
        return any(at is not None and attempt.at - at >= KNOWN_AFTER for at in known)

    def _see(self, attempt: Sighting) -> None:
        for by in By:
            if key := _key(by, attempt):
                self._seen[by, key].appendleft(attempt)
                if attempt.outcome is OutcomeKind.APPROVED:
                    self._first_paid.setdefault((by, key), attempt.at)


def _key(by: By, attempt: Sighting) -> str:
    return "shop" if by is By.SHOP else str(getattr(attempt, by.value))
