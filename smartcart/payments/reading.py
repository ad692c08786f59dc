"""Looking payments up. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from smartcart.db import db
from smartcart.gateways.protocol import ChargeRequest, Handle
from smartcart.payments.models import Attempt, Event, PaymentSession
from smartcart.payments.refusals import NotFound
from smartcart.rules.payment_states import AT_REST, OPEN, State, has_expired
from smartcart.shop.models import Order


@dataclass(frozen=True)
class Standing:
    """Where a session stands when the gateway is asked about it: values, so that no transaction stays open meanwhile.

    `attempt` is the number of the last attempt, 0 when there is none yet.
    """

    state: State
    attempts_left: int
    handle: Handle
    attempt_id: int | None
    attempt: int


@dataclass(frozen=True)
class Glance:
    """As much of a session as a poll needs."""

    state: State
    version: int
    expires_at: datetime

    def overdue(self, now: datetime) -> bool:
        """Out of time, and the sweep has not come by yet."""
        return self.state in AT_REST and has_expired(self.state, self.expires_at, now)


@dataclass(frozen=True)
class ChargeToMake:
    """An attempt on record, ready to leave the house."""

    handle: Handle
    request: ChargeRequest
    deadline_at: datetime


def find(session_id: str) -> PaymentSession:
    """A session as it is on record now. Raises NotFound."""
    db.session.rollback()  # end an older transaction: it would show an older truth
    session = db.session.get(PaymentSession, session_id, populate_existing=True)
    if session is None:
        raise NotFound
    return session


def glance(session_id: str) -> Glance:
    """A look at a session that costs half of loading it: nine in ten polls need no more. Raises NotFound."""
    columns = select(PaymentSession.state, PaymentSession.version, PaymentSession.expires_at)
    row = db.session.execute(columns.where(PaymentSession.id == session_id)).one_or_none()
    if row is None:
        raise NotFound
    return Glance(*row)


def standing(session_id: str) -> Standing:
    """Where a session stands now. Raises NotFound."""
    session = find(session_id)
    attempt = latest_attempt(session_id)
    attempt_id, number = (attempt.id, attempt.number) if attempt else (None, 0)
    known = Standing(session.state, session.attempts_left, session.handle(), attempt_id, number)
    db.session.rollback()
    return known


def charge_to_make(attempt_id: int, timeout: float) -> ChargeToMake:
    """What an attempt asks of the gateway, which may take `timeout` seconds for it."""
    db.session.rollback()
    attempt = db.session.get_one(Attempt, attempt_id)
    handle = attempt.session.handle()
    to_make = ChargeToMake(handle, attempt.request(handle.reference or "", timeout), attempt.deadline_at)
    db.session.rollback()
    return to_make


def latest_of_order(token: str) -> str:
    """The id of the latest session of an order. Raises NotFound."""
    session_id = db.session.scalar(
        select(PaymentSession.id)
        .join(PaymentSession.order)
        .where(Order.token == token)
        .order_by(PaymentSession.created_at.desc())
        .limit(1)
    )
    if session_id is None:
        raise NotFound
    return session_id


def open_session_of(shopper: str) -> str | None:
    """The id of the open session that a shopper began last, if any."""
    return db.session.scalar(
        select(PaymentSession.id)
        .where(PaymentSession.owner == shopper, PaymentSession.merchant == "", PaymentSession.state.in_(OPEN))
        .order_by(PaymentSession.created_at.desc())
        .limit(1)
    )


def attempts_of(session_id: str) -> Sequence[Attempt]:
    return db.session.scalars(select(Attempt).where(Attempt.session_id == session_id).order_by(Attempt.number)).all()


def latest_attempt(session_id: str) -> Attempt | None:
    """The attempt with the highest number, if any."""
    return db.session.scalars(
        select(Attempt).where(Attempt.session_id == session_id).order_by(Attempt.number.desc()).limit(1)
    ).first()


def events_of(session_id: str) -> Sequence[Event]:
    """The audit trail, oldest first."""
    return db.session.scalars(select(Event).where(Event.session_id == session_id).order_by(Event.id)).all()


def active(
    limit: int, state: State | None = None, after: tuple[datetime, str] | None = None
) -> Sequence[PaymentSession]:
    """Open sessions, oldest first; `after` is the creation time and id of the last one seen."""
    query = select(PaymentSession).where(PaymentSession.state.in_(OPEN)).limit(limit)
    if state is not None:
        query = query.where(PaymentSession.state == state)
    if after is not None:
        query = query.where(tuple_(PaymentSession.created_at, PaymentSession.id) > after)
    return db.session.scalars(query.order_by(PaymentSession.created_at, PaymentSession.id)).all()
