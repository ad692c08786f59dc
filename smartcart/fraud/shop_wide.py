"""What was seen in the whole shop lately, and what is usual there: read now and then, for it is the same for all."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, case, func, select

from smartcart.database.statements import Prepared
from smartcart.database.types import UTCDateTime
from smartcart.fraud.models import FraudSighting
from smartcart.fraud.sightings import COLUMNS
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import (
    OF_THE_SHOP,
    SHOP_KNOWN_FOR,
    TELLING,
    By,
    Met,
    Reach,
    Rule,
    Sighting,
    reached_until,
    usual_declines,
)

# What is usual changes slowly.
USUAL_FOR = timedelta(minutes=10)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_ROWS = cast(Table, FraudSighting.__table__)
_NEWEST = Prepared(
    select(*COLUMNS)
    .where(_ROWS.c.at > bindparam("since", type_=UTCDateTime))
    .order_by(_ROWS.c.at.desc())
    .limit(OF_THE_SHOP)
)
_IN_WINDOW = (
    select(_ROWS.c.outcome)
    .where(_ROWS.c.at > bindparam("since", type_=UTCDateTime))
    .order_by(_ROWS.c.at.desc())
    .limit(OF_THE_SHOP)
    .subquery()
)
_DECLINED = Prepared(select(func.count()).where(_IN_WINDOW.c.outcome == OutcomeKind.DECLINED))
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


class Known:
    """As a process knows it."""

    def __init__(self) -> None:
        self._met: tuple[Met, ...] = ()
        self._usual, self._read_at, self._usual_at = 0.0, LONG_AGO, LONG_AGO

    def met(self, attempt: Sighting, rules: Sequence[Rule], reach: Reach) -> Sequence[Met]:
        """The rules on the whole shop that it meets, or did a moment ago: they are the same for all who pay."""
        if not reach.most:
            return ()
        if abs(attempt.at - self._read_at) >= SHOP_KNOWN_FOR:  # a clock may have gone back
            self._read_at = attempt.at
            self._met = tuple(self._meets(attempt, rules, reach))
        return self._met

    def _meets(self, attempt: Sighting, rules: Sequence[Rule], reach: Reach) -> Iterator[Met]:
        """To count takes a twentieth of looking at each, and most of the time there is nothing to look at."""
        since = attempt.at - timedelta(seconds=reach.within)
        if _declined(since) >= reach.fewest_declines:
            yield from _met(attempt, rules, _newest(since), self._usually(attempt.at, since))

    def _usually(self, now: datetime, since: datetime) -> float:
        """How many declines the shop has in a second."""
        if abs(now - self._usual_at) >= USUAL_FOR:
            self._usual_at, self._usual = now, _declines_a_second(since)
        return self._usual


def _met(attempt: Sighting, rules: Sequence[Rule], newest: Sequence[Sighting], usual: float) -> Iterator[Met]:
    """For whoever comes next, too: whether a rule looks at somebody's attempt is not asked before it begins."""
    for rule in rules:
        if rule.by is By.SHOP and (until := reached_until(rule, attempt, newest, usual)):
            yield rule, until


def _declined(since: datetime) -> int:
    ((number,),) = _DECLINED.rows(since=since)
    return int(number)


def _newest(since: datetime) -> Sequence[Sighting]:
    return [Sighting(*seen) for *seen, _ in _NEWEST.rows(since=since)]


def _declines_a_second(until: datetime) -> float:
    ((number, declined, first),) = _USUAL.rows(until=until)
    return usual_declines(number, declined, (until - first).total_seconds()) if number else 0.0
