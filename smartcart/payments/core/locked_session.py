"""A session as the record holds it: read under its lock as plain values; what changes of them is written at the end.

As an entity it would take four times as long: the unit of work costs more than the statements that it makes.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm.exc import StaleDataError

from smartcart.database.session import execute, writing
from smartcart.database.statements import Prepared
from smartcart.logs import concerning
from smartcart.payments.core import merchant_events
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.refusals import NotFound
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.session_facts import ChargeFacts, ShownFacts
from smartcart.rules.declines import Advice
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import AT_REST, State


@dataclass(slots=True)
class LockedSession(ChargeFacts, ShownFacts):
    """The columns of the session that its rules ask for, or that change."""

    id: str
    owner: str
    merchant: str
    order_reference: str
    order_id: int | None
    gateway: str
    account: str
    reference: str | None
    amount: int
    currency: str
    description: str
    pay_url: str
    merchant_data: dict[str, str]
    state: State
    version: int
    attempts: int
    max_attempts: int
    unsent: int
    retries: int
    method: str
    created_at: datetime
    expires_at: datetime
    extensions: int
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    interruption: Interruption | None
    interrupted_at: datetime | None
    refusal_code: str
    advice: Advice | None
    not_before: datetime | None
    action_url: str
    action_secret: str
    retry_at: datetime | None
    refund_due: bool
    refunded: int
    refund_pending: int
    refund_failed: int
    disputed_at: datetime | None
    dispute: DisputeStage | None
    answer_by: datetime | None
    refund_wanted_at: datetime | None
    letter_wanted_at: datetime | None
    released_at: datetime | None
    due_at: datetime | None
    looks: int
    needs_person_at: datetime | None
    customer: str
    keep_method: bool
    # What the merchant is to be told of, once the session is as it will be on record.
    to_tell: list[MerchantEventType] = field(default_factory=list, init=False)

    def owes_an_answer(self, now: datetime) -> bool:
        """Whether the gateway has to say what became of a charge, or that no more can come."""
        if self.state in AT_REST | {State.AUTHORIZED}:
            return self.cancelling or self.expired(now)
        return self.state in (State.CHECKING, State.ACTION_REQUIRED)


_COLUMNS = tuple(field.name for field in fields(LockedSession) if field.init)
_SESSIONS = cast(Table, PaymentSession.__table__)
# What a new row has where nothing else is given.
_DEFAULTS: dict[str, Any] = {name: getattr(_SESSIONS.c[name].default, "arg", None) for name in _COLUMNS}
_READ = select(*(_SESSIONS.c[name] for name in _COLUMNS))
_HOLD = _READ.with_for_update()
_OF_ATTEMPT = select(Attempt.session_id).where(Attempt.id == bindparam("wanted")).scalar_subquery()
_BY_ID = Prepared(_HOLD.where(_SESSIONS.c.id == bindparam("wanted")))
_BY_ATTEMPT = Prepared(_HOLD.where(_SESSIONS.c.id == _OF_ATTEMPT))
_CHANGE = Prepared(
    update(_SESSIONS).where(_SESSIONS.c.id == bindparam("held"), _SESSIONS.c.version == bindparam("as_read"))
)


@contextmanager
def lock(session_id: str, is_news: bool = True) -> Iterator[LockedSession]:
    """A write transaction on a session, which nobody else changes meanwhile. Raises NotFound.

    Without `is_news` its version stays: open pages need not be drawn again.
    """
    with _held(_BY_ID, session_id, is_news) as session:
        yield session


@contextmanager
def lock_by_attempt(attempt_id: int, is_news: bool = True) -> Iterator[LockedSession]:
    """The same for the session of an attempt."""
    with _held(_BY_ATTEMPT, attempt_id, is_news) as session:
        yield session


@contextmanager
def _held(query: Prepared, wanted: str | int, is_news: bool) -> Iterator[LockedSession]:
    """A transaction; whoever waits in this process for what it changed hears of it once it is on record."""
    with writing(), _changing(query, wanted, is_news) as session:
        as_read = session.version
        yield session
    if session.version != as_read:
        for tell in runtime().told_of_news:
            tell(session.id)


@contextmanager
def _changing(query: Prepared, wanted: str | int, is_news: bool) -> Iterator[LockedSession]:
    """Compare-and-set: what is locked cannot change; should it have, nothing is written. Raises StaleDataError."""
    rows = query.rows(wanted=wanted)
    if not rows:
        raise NotFound
    (row,) = rows
    session = LockedSession(*row)
    as_read = session.version
    with concerning(session.id, session.order_reference):
        yield session
    changes = {name: new for name, old in zip(_COLUMNS, row, strict=True) if (new := getattr(session, name)) != old}
    if changes:
        session.version += is_news
        changes["version"] = session.version
        if _CHANGE.change(**changes, held=session.id, as_read=as_read) != 1:
            raise StaleDataError(f"payment session {session.id} has changed while it was held")
    merchant_events.add_noted(session)


def opened(values: Mapping[str, Any]) -> LockedSession:
    """A session that was added just now, with these values, as whoever locks it next will have it."""
    return LockedSession(**{name: values.get(name, _DEFAULTS[name]) for name in _COLUMNS})


def held(session_ids: Collection[str]) -> list[LockedSession]:
    """Sessions that the caller's transaction has changed, as they are now."""
    return [LockedSession(*row) for row in execute(_READ.where(_SESSIONS.c.id.in_(session_ids)))]
