"""What fraud rules would have done with attempts that were made: counted as they are when a payment begins."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import (
    OF_THE_SHOP,
    SHOP_KNOWN_FOR,
    TELLING,
    By,
    Rule,
    Sighting,
    reached_until,
    reaches,
    usual_declines,
)

# Who paid so long ago is no stranger.
KNOWN_AFTER = timedelta(days=1)


class Replay:
    """Attempts, oldest first, as a shop would have seen them; each as it ended, which was known a moment later."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """`rules` as they are to be tried: those that are off are met by nobody."""
        self._rules = rules
        # As many are kept in mind of each shopper, e-mail, address, card and shop as these rules look at.
        self._kept = {by: reach.most for by, reach in reaches(rules).items()} | {By.SHOP: OF_THE_SHOP}
        self._seen: dict[tuple[By, str], deque[Sighting]] = {}
        self._first_paid: dict[tuple[By, str], datetime] = {}
        self._usual = _Usual()
        self._of_shop: dict[Rule, tuple[datetime, datetime | None]] = {}

    def met(self, attempts: Iterable[Sighting]) -> Iterator[tuple[Rule, ...]]:
        """For each attempt the rules that it would have met."""
        for attempt in attempts:
            yield tuple(rule for rule in self._rules if self._is_met(rule, attempt))
            self._see(attempt)

    def _is_met(self, rule: Rule, attempt: Sighting) -> bool:
        if not rule.covers(attempt):
            return False
        until = (self._shop_until if rule.by is By.SHOP else self._until)(rule, attempt)
        return until is not None and not (rule.strangers and self._has_paid(attempt))

    def _shop_until(self, rule: Rule, attempt: Sighting) -> datetime | None:
        known_at, until = self._of_shop.get(rule, (None, None))
        if known_at is None or attempt.at - known_at >= SHOP_KNOWN_FOR:
            usual = self._usual.until(attempt.at - timedelta(seconds=rule.within))
            until = self._until(rule, attempt, usual)
            self._of_shop[rule] = attempt.at, until
        return until if until and until > attempt.at else None

    def _until(self, rule: Rule, attempt: Sighting, usual: float = 0.0) -> datetime | None:
        return reached_until(rule, attempt, self._seen.get((rule.by, _key(rule.by, attempt)), ()), usual)

    def _has_paid(self, attempt: Sighting) -> bool:
        known = (self._first_paid.get((by, _key(by, attempt))) for by in (By.SHOPPER, By.EMAIL))
        return any(at is not None and attempt.at - at >= KNOWN_AFTER for at in known)

    def _see(self, attempt: Sighting) -> None:
        self._usual.see(attempt)
        for by in By:
            if key := _key(by, attempt):
                self._seen.setdefault((by, key), deque(maxlen=self._kept[by])).appendleft(attempt)
                if attempt.outcome is OutcomeKind.APPROVED:
                    self._first_paid.setdefault((by, key), attempt.at)


class _Usual:
    """What was usual in the shop at any time: of each attempt when it was, and the declines up to it."""

    def __init__(self) -> None:
        self._at: list[datetime] = []
        self._declines = [0]

    def see(self, attempt: Sighting) -> None:
        self._at.append(attempt.at)
        self._declines.append(self._declines[-1] + attempt.is_declined)

    def until(self, moment: datetime) -> float:
        """Declines a second."""
        last = bisect_right(self._at, moment)
        first = max(0, last - TELLING)
        if first == last:
            return 0.0
        seconds = (moment - self._at[first]).total_seconds()
        return usual_declines(last - first, self._declines[last] - self._declines[first], seconds)


def _key(by: By, attempt: Sighting) -> str:
    return "shop" if by is By.SHOP else str(getattr(attempt, by.value))
