"""What rules would have done with the attempts of the last thirty days, as far as they are remembered."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import func, select

from smartcart import clock
from smartcart.admin.fraud.labels import WOULD_HAVE
from smartcart.database.session import db
from smartcart.fraud.models import FraudSighting
from smartcart.fraud.sightings import COLUMNS
from smartcart.payments.core.models import IS_PAID, Attempt, PaymentSession
from smartcart.rules.fraud_replay import Replay
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import Rule, Sighting

LOOKS_BACK = timedelta(days=30)
# So many of the newest attempts are looked at, which takes a second, and four where they came within a day; a busy
# shop's thirty days may have more.
MOST = 20_000
# So many attempts are asked about in one question.
BATCH = 500


class Found(NamedTuple):
    """What a rule would have done: so many attempts met it, of which so many were paid and never disputed."""

    rule: Rule
    met: int
    honest: int

    @property
    def words(self) -> str:
        """As a sentence goes on that began with the rule's name."""
        if not self.met:
            return "would have met nobody"
        honest = {0: "none of which was", 1: "1 of which was"}.get(self.honest, f"{self.honest} of which were")
        counted = "1 attempt" if self.met == 1 else f"{self.met} attempts"
        return f"would have {WOULD_HAVE[self.rule.action]} {counted}, {honest} paid and never disputed"


class DryRun(NamedTuple):
    """What all rules would have done with so many attempts since then."""

    found: Sequence[Found]
    number: int
    since: datetime
    is_all: bool


def try_out(rules: Sequence[Rule]) -> DryRun:
    """Replay what was seen; it writes nothing. A rule that is off would meet nobody."""
    since = clock.now() - LOOKS_BACK
    seen = _seen(since)
    met: dict[Rule, list[int]] = defaultdict(list)
    for attempt_id, would_meet in zip(seen, Replay(rules).met(seen.values()), strict=True):
        for rule in would_meet:
            met[rule].append(attempt_id)
    is_all = len(seen) < MOST
    found = [Found(rule, len(met[rule]), _honest(met[rule], seen)) for rule in rules]
    return DryRun(found, len(seen), since if is_all else next(iter(seen.values())).at, is_all)


def _seen(since: datetime) -> dict[int, Sighting]:
    """By their ids, oldest first."""
    newest = select(FraudSighting.attempt_id, *COLUMNS).where(FraudSighting.at > since)
    rows = db.session.execute(newest.order_by(FraudSighting.at.desc()).limit(MOST)).all()
    return {attempt_id: Sighting(*seen) for attempt_id, *seen, _ in reversed(rows)}


def _honest(attempt_ids: Iterable[int], seen: dict[int, Sighting]) -> int:
    """How many of them were paid, and never disputed."""
    paid = iter([each for each in attempt_ids if seen[each].outcome is OutcomeKind.APPROVED])
    return sum(_undisputed(batch) for batch in _batches(paid))


def _batches(attempt_ids: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(attempt_ids, BATCH)):
        yield batch


def _undisputed(attempt_ids: Sequence[int]) -> int:
    of = select(func.count()).select_from(Attempt).join(PaymentSession, PaymentSession.id == Attempt.session_id)
    which = Attempt.id.in_(attempt_ids), IS_PAID, PaymentSession.disputed_at.is_(None)
    return db.session.scalar(of.where(*which)) or 0
