"""Looking payments up. Nothing here writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, tuple_

from smartcart import clock
from smartcart.database.session import db, leave_transaction
from smartcart.database.statements import Prepared
from smartcart.gateways.protocol import Handle
from smartcart.payments.core.models import (
    BEGINNING,
    IS_IN_STATE,
    IS_OF_SHOP,
    IS_OPEN,
    LATER_PART,
    REFERENCE_PART,
    SESSION_BEGINS,
    Attempt,
    Event,
    EventKind,
    PaymentSession,
)
from smartcart.payments.core.refusals import NotFound
from smartcart.rules import patience
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.patience import Duty
from smartcart.rules.payment_states import ENDED_UNPAID, State, is_cancelling
from smartcart.shop.models import Order

# Read at every payment, and made once: to make a statement takes as long as to carry it out.
STANDING = Prepared(
    select(
        PaymentSession.state,
        PaymentSession.max_attempts - PaymentSession.attempts,
        PaymentSession.id,
        PaymentSession.reference,
        PaymentSession.amount,
        PaymentSession.currency,
        PaymentSession.customer,
        PaymentSession.order_reference,
        Attempt.id,
        PaymentSession.attempts,
        PaymentSession.gateway,
        PaymentSession.account,
        and_(Attempt.send_by.is_not(None), Attempt.outcome.is_(None)),
        Attempt.outcome.is_not_distinct_from(OutcomeKind.AUTHORIZED),
        or_(
            Attempt.id.is_(None),
            and_(Attempt.send_by.is_not(None), PaymentSession.attempts == 1, PaymentSession.reference.is_(None)),
        ),
    )
    .outerjoin(Attempt, and_(Attempt.session_id == PaymentSession.id, Attempt.number == PaymentSession.attempts))
    .where(PaymentSession.id == bindparam("session_id"))
)
DUTY = Prepared(
    select(
        PaymentSession.state,
        PaymentSession.cancel_requested_at,
        PaymentSession.retry_at,
        PaymentSession.expires_at,
    ).where(PaymentSession.id == bindparam("session_id"))
)


@dataclass(frozen=True)
class Standing:
    """Where a session stands when the gateway is asked about it: values, so that no transaction stays open meanwhile.

    `attempt` is the number of the last attempt, 0 when there is none yet; `gateway` and `account` are what it belongs
    to. `waits` says whether it waits for a thread still, and `is_held` whether its sum was
    set aside; `never_left` whether nothing of the session ever left the
    house, so that there is nobody to ask.
    """

    state: State
    attempts_left: int
    handle: Handle
    attempt_id: int | None
    attempt: int
    gateway: str
    account: str
    waits: bool
    is_held: bool
    never_left: bool


def find(session_id: str) -> PaymentSession:
    """A session as it is on record now. Raises NotFound."""
    db.session.rollback()  # end an older transaction: it would show an older truth
    session = db.session.get(PaymentSession, session_id, populate_existing=True)
    if session is None:
        raise NotFound
    return session


def standing(session_id: str) -> Standing:
    """Where a session stands now. Raises NotFound."""
    row = _on_record(STANDING, session_id)
    state, attempts_left, *handle, attempt_id, attempt, gateway, account, waits, is_held, never_left = row
    return Standing(
        state, attempts_left, Handle(*handle), attempt_id, attempt, gateway, account, waits, is_held, never_left
    )


def duty(session_id: str) -> Duty:
    """What is to be done now for a session whose time has come. Raises NotFound."""
    state, cancel_requested_at, retry_at, expires_at = _on_record(DUTY, session_id)
    return patience.duty(state, is_cancelling(state, cancel_requested_at), retry_at, expires_at, clock.now())


def _on_record(question: Prepared, session_id: str) -> tuple[Any, ...]:
    """The row of a session as it is now, for which no transaction is begun. Raises NotFound."""
    leave_transaction()  # it would show an older truth
    rows = question.rows(session_id=session_id)
    if not rows:
        raise NotFound
    return rows[0]


def latest_of_order(token: str) -> str:
    """The id of an order's session that is open or paid, or else of the latest. Raises NotFound.

    There is one at most that is open or paid. Their times alone may tell it wrong: one may have begun while the clock
    of its machine was ahead.
    """
    session_id = db.session.scalar(
        select(PaymentSession.id)
        .join(PaymentSession.order)
        .where(Order.token == token)
        .order_by(PaymentSession.state.in_(ENDED_UNPAID), PaymentSession.created_at.desc())
        .limit(1)
    )
    if session_id is None:
        raise NotFound
    return session_id


def beginning_with(beginning: str) -> Sequence[str]:
    """The ids of the sessions that begin with these six characters; hardly ever of more than one.

    By the audit trail, which begins with every session, and has an index by them.
    """
    db.session.rollback()
    return db.session.scalars(select(Event.session_id).where(SESSION_BEGINS.in_([beginning])).distinct()).all()


def open_session_of(shopper: str) -> str | None:
    """The id of the open session that a shopper began last, if any."""
    return db.session.scalar(
        select(PaymentSession.id)
        .where(PaymentSession.owner == shopper, IS_OF_SHOP, IS_OPEN)
        .order_by(PaymentSession.created_at.desc())
        .limit(1)
    )


def attempts_of(session_id: str) -> Sequence[Attempt]:
    return db.session.scalars(select(Attempt).where(Attempt.session_id == session_id).order_by(Attempt.number)).all()


def events_of(session_id: str) -> Sequence[Event]:
    """The audit trail, oldest first."""
    return db.session.scalars(select(Event).where(is_event_of(session_id)).order_by(Event.id)).all()


def ended_at(session_id: str) -> datetime | None:
    """When a session ended; None while it is open."""
    return db.session.scalar(select(PaymentSession.ended_at).where(PaymentSession.id == session_id))


def answered_at(session_id: str) -> datetime | None:
    """When there was last an answer about a session at rest: it moved by one, or was asked about since."""
    is_answer = Event.kind.in_([EventKind.ASKED, EventKind.MOVED])
    return db.session.scalar(select(func.max(Event.at)).where(is_event_of(session_id), is_answer))


def is_event_of(session_id: str) -> ColumnElement[bool]:
    """Of lines of the audit trail: those of a session."""
    return and_(SESSION_BEGINS.in_([session_id[BEGINNING]]), Event.session_id.concat("") == session_id)


def has_reference(references: Collection[str]) -> ColumnElement[bool]:
    """Of sessions: those with one of these references."""
    parts = {reference[LATER_PART] for reference in references}
    return and_(REFERENCE_PART.in_(parts), PaymentSession.reference.concat("").in_(references))


def active(
    limit: int, state: State | None = None, after: tuple[datetime, str] | None = None
) -> Sequence[PaymentSession]:
    """Open sessions, oldest first, of one state if it is given; `after` is the creation time and id of the last one
    seen."""
    query = select(PaymentSession).where(IS_OPEN if state is None else IS_IN_STATE[state]).limit(limit)
    if after is not None:
        query = query.where(tuple_(PaymentSession.created_at, PaymentSession.id) > after)
    return db.session.scalars(query.order_by(PaymentSession.created_at, PaymentSession.id)).all()
