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
from smartcart.payments.core.terms import Instrument
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.precautions import Precaution

_ATTEMPTS = cast(Table, Attempt.__table__)
_ADD = Prepared(insert(_ATTEMPTS).returning(_ATTEMPTS.c.id))
_COLUMNS = Attempt.id, Attempt.number, Attempt.outcome, Attempt.interruption, Attempt.deadline_at, Attempt.send_by
_KNOWN = Prepared(select(*_COLUMNS).where(Attempt.id == bindparam("attempt_id")))
_WAITING = Prepared(
    select(*_COLUMNS).where(
        Attempt.session_id == bindparam("of_session"), Attempt.outcome.is_(None), Attempt.send_by.is_not(None)
    )
)
_PRECAUTION = Prepared(
    select(Attempt.confirm, Attempt.set_aside).where(
        Attempt.session_id == bindparam("of_session"), Attempt.number == bindparam("numbered")
    )
)
_CHANGE = Prepared(update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("attempt_id")))


class KnownAttempt(NamedTuple):
    """An attempt as it is on record."""

    id: int
    number: int
    outcome: OutcomeKind | None
    interruption: Interruption | None
    deadline_at: datetime
    send_by: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something else: a sum that is set aside is not taken yet."""
        return self.outcome in (None, OutcomeKind.AUTHORIZED)

    @property
    def waits(self) -> bool:
        """Whether it has not left the house, and still may."""
        return self.send_by is not None and self.outcome is None


@dataclass(frozen=True)
class ChargeToMake:
    """An attempt on record, ready to leave the house: in time for its deadline, or not at all.

    One that `waits` for a thread has to be marked as sent first.
    """

    attempt_id: int
    handle: Handle
    request: ChargeRequest
    deadline_at: datetime
    waits: bool


def add(
    session: LockedSession,
    now: datetime,
    deadline_at: datetime,
    timeout: float,
    send_by: datetime | None,
    instrument: Instrument,
) -> ChargeToMake:
    """The attempt that the session has just been given, for which the gateway may take `timeout` seconds.

    `send_by` is until when it may be sent, if it has to wait for a thread; `instrument` what it is paid with.
    """
    ((attempt_id,),) = _ADD.rows(
        session_id=session.id,
        number=session.attempts,
        max_attempts=session.max_attempts,
        method=session.method,
        confirm=instrument.precaution.confirm,
        set_aside=instrument.precaution.set_aside,
        begun_at=now,
        deadline_at=deadline_at,
        send_by=send_by,
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
        return_url=instrument.return_url or f"{session.pay_url}/return",
        customer=session.customer,
        keep=session.keep_method,
        precaution=instrument.precaution,
    )
    return ChargeToMake(cast(int, attempt_id), session.handle(), request, deadline_at, waits=send_by is not None)


def known(attempt_id: int) -> KnownAttempt:
    """What is on record of it, to be read once its session is held: then nobody changes them."""
    (attempt,) = _KNOWN.rows(attempt_id=attempt_id)
    return KnownAttempt(*attempt)


def precaution_of(session_id: str, number: int) -> Precaution:
    """What was done with an attempt of a session besides charging."""
    ((confirm, set_aside),) = _PRECAUTION.rows(of_session=session_id, numbered=number)
    return Precaution(confirm, set_aside)


def waiting(session_id: str) -> KnownAttempt | None:
    """The attempt of a session that waits for a thread, if there is one; as `known`."""
    rows = _WAITING.rows(of_session=session_id)
    return KnownAttempt(*rows[0]) if rows else None


def mark_sent(attempt: KnownAttempt) -> None:
    """It may leave the house now, so from now on it may be charged."""
    _CHANGE.change_along(attempt_id=attempt.id, send_by=None)


def note_interruption(attempt: KnownAttempt, interruption: Interruption) -> None:
    _CHANGE.change_along(attempt_id=attempt.id, interruption=interruption)
    tally.count(Figure.INTERRUPTION, interruption, attempt.interruption or "")


def decide(attempt: KnownAttempt, outcome: OutcomeKind, code: str, now: datetime) -> None:
    """It is known what an attempt did; `code` is the gateway's word for it."""
    _CHANGE.change_along(attempt_id=attempt.id, outcome=outcome, settled_at=now, code=code)
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
