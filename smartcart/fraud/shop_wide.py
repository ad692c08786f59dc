"""What was seen in the whole shop lately, and what is usual there: read now and then, for it is the same for all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, case, func, select

from smartcart.database.statements import Prepared
from smartcart.database.types import UTCDateTime
from smartcart.fraud.models import FraudSighting
from smartcart.fraud.sightings import COLUMNS
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import By, Rule, Sighting, furthest

# Each process looks once in so many seconds, at most: an attack is known as quickly, and a payment waits for nothing.
KNOWN_FOR = timedelta(seconds=2)
# So many of the newest in the window are looked at, which is some milliseconds of work.
MOST = 2000
# What is usual changes slowly. So many attempts tell it, the newest of those before the window; fewer tell nothing.
USUAL_FOR = timedelta(minutes=10)
TELLING, FEWEST = 5000, 50
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_ROWS = cast(Table, FraudSighting.__table__)
_NEWEST = Prepared(
    select(*COLUMNS).where(_ROWS.c.at > bindparam("since", type_=UTCDateTime)).order_by(_ROWS.c.at.desc()).limit(MOST)
)
_BEFORE = (
    select(_ROWS.c.at, _ROWS.c.outcome)
    .where(_ROWS.c.at <= bindparam("until", type_=UTCDateTime))
    .order_by(_ROWS.c.at.desc())
    .limit(TELLING)
    .subquery()
)
_USUAL = Prepared(
    select(
        func.count(),
        func.sum(case((_BEFORE.c.outcome == OutcomeKind.DECLINED, 1), else_=0)),
        func.min(_BEFORE.c.at, type_=UTCDateTime),
    )
)


class Shop(NamedTuple):
    """What was seen in the shop, newest first, and how many declines it usually has in a second."""

    newest: Sequence[Sighting] = ()
    usual: float = 0.0


class Known:
    """As a process knows it."""

    def __init__(self) -> None:
        self._shop, self._read_at, self._usual_at = Shop(), LONG_AGO, LONG_AGO

    def seen(self, now: datetime, rules: Sequence[Rule]) -> Shop:
        """What the rules that look at the whole shop need; nothing where none is on."""
        within, number = furthest(rules, By.SHOP)
        if number and abs(now - self._read_at) >= KNOWN_FOR:  # a clock may have gone back
            since = now - timedelta(seconds=within)
            self._shop = Shop(_newest(since), self._usual(now, since))
            self._read_at = now
        return self._shop if number else Shop()

    def _usual(self, now: datetime, since: datetime) -> float:
        if abs(now - self._usual_at) < USUAL_FOR:
            return self._shop.usual
        self._usual_at = now
        return _declines_a_second(since)


def _newest(since: datetime) -> Sequence[Sighting]:
    return [Sighting(*seen) for *seen, _ in _NEWEST.rows(since=since)]


def _declines_a_second(until: datetime) -> float:
    ((number, declined, first),) = _USUAL.rows(until=until)
    if number < FEWEST:
        return 0.0
    return float(declined / max(1.0, (until - first).total_seconds()))
