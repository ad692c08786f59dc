"""The attempts of a session that the record holds: added, read and changed in its transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, insert, select, update

from smartcart.database.session import execute
from smartcart.database.statements import Prepared
from smartcart.gateways.protocol import ChargeRequest, Handle
from smartcart.payments.core import tally
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.models import Attempt
from smartcart.payments.core.tally_model import Figure
from smartcart.rules.outcomes import Interruption, OutcomeKind

_ATTEMPTS = cast(Table, Attempt.__table__)
_ADD = Prepared(insert(_ATTEMPTS).returning(_ATTEMPTS.c.id))
_KNOWN = Prepared(
    select(Attempt.id, Attempt.number, Attempt.outcome, Attempt.interruption).where(
        Attempt.id == bindparam("attempt_id")
    )
)
_CHANGE = Prepared(update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("attempt_id")))


class KnownAttempt(NamedTuple):
    """An attempt as it is on record."""

    id: int
    number: int
    outcome: OutcomeKind | None
    interruption: Interruption | None


@dataclass(frozen=True)
class ChargeToMake:
    """An attempt on record, ready to leave the house: in time for its deadline, or not at all."""

    attempt_id: int
    handle: Handle
    request: ChargeRequest
    deadline_at: datetime


def add(session: LockedSession, now: datetime, deadline_at: datetime, timeout: float) -> ChargeToMake:
    """The attempt that the session has just been given, for which the gateway may take `timeout` seconds."""
    ((attempt_id,),) = _ADD.rows(
        session_id=session.id,
        number=session.attempts,
        max_attempts=session.max_attempts,
        method=session.method,
        begun_at=now,
        deadline_at=deadline_at,
    )
    tally.count(Figure.OUTCOME, tally.NONE)
    request = ChargeRequest(
        session=session.id,
        reference=session.reference or "",
        attempt=session.attempts,
        method=session.method,
        amount=session.amount,
        currency=session.currency,
        timeout=timeout,
        return_url=f"{session.pay_url}/return",
        customer=session.customer,
        keep=session.keep_method,
    )
    return ChargeToMake(cast(int, attempt_id), session.handle(), request, deadline_at)


def known(attempt_id: int) -> KnownAttempt:
    """What is on record of it, to be read once its session is held: then nobody changes them."""
    (attempt,) = _KNOWN.rows(attempt_id=attempt_id)
    return KnownAttempt(*attempt)


def note_interruption(attempt: KnownAttempt, interruption: Interruption) -> None:
    _CHANGE.change(attempt_id=attempt.id, interruption=interruption)
    tally.count(Figure.INTERRUPTION, interruption, attempt.interruption or "")


def decide(attempt: KnownAttempt, outcome: OutcomeKind, code: str, now: datetime) -> None:
    """It is known what an attempt did; `code` is the gateway's word for it."""
    _CHANGE.change(attempt_id=attempt.id, outcome=outcome, settled_at=now, code=code)
    tally.count(Figure.OUTCOME, outcome, attempt.outcome or tally.NONE)


def release_others(session: LockedSession, approved: int, now: datetime) -> None:
    """The reference is charged once, by one attempt: every other that was still open has charged nothing."""
    released = execute(
        update(_ATTEMPTS)
        .where(_ATTEMPTS.c.session_id == session.id, _ATTEMPTS.c.id != approved, _ATTEMPTS.c.outcome.is_(None))
        .values(outcome=OutcomeKind.NOT_CHARGED, settled_at=now)
    ).rowcount
    if released:
        tally.count(Figure.OUTCOME, OutcomeKind.NOT_CHARGED, tally.NONE, released)
