"""What the gateway tells by itself: kept before it is understood, applied by asking the gateway how things stand now.

An event is a reason to ask, never an answer: so it may come twice, late, and in any order. One that is kept comes due
until it is applied, whoever dies meanwhile. Any number of threads and processes may be at it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import defer

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.core import audit_trail, queries
from smartcart.payments.core.gateway_pool import PoolFull
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import fraud_warnings, gateway_calls, reconciler
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.payments.refunds import calls as refunds
from smartcart.rules import patience
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import State

ACTOR = "webhook"
# Stripe sends an event again for three days, and when asked to for thirty. Whoever comes later brings nothing new, and
# what was told is in the trails of the payments.
KEPT_FOR = timedelta(days=30)
# By then whoever could bring the payment on record, as a database that catches up, has.
GIVEN_UP_AFTER = timedelta(days=1)
# As many as one page shows.
PAGE = 100
# What an event's kind begins with when it is about money that went back.
MONEY_BACK = ("charge.refund", "charge.dispute", "refund.")
# The same of one about word of the card's issuer that a payment may be fraud.
WARNED_OF = "radar.early_fraud_warning."

# It was tried again and again for about half an hour: see LOOKS_BEFORE_A_PERSON.
IS_STUCK = (GatewayEvent.fate == Fate.GIVEN_UP) | (
    GatewayEvent.due_at.is_not(None) & (GatewayEvent.tries >= patience.LOOKS_BEFORE_A_PERSON)
)

NO_PAYMENT = "no payment of that name is on record"
NO_ATTEMPT = "no attempt of that payment is on record"
NO_ANSWER = "the gateway could not be asked"
DEFECT = "something broke on our side; the log tells what"
CALL_IS_OUT = "the call that is under way will be answered first"


def store_event(event: GatewayEvent) -> bool:
    """Write an event down. False if it is there already: the first to bring it has seen to it."""
    try:
        with writing():
            db.session.add(event)
    except IntegrityError:
        if db.session.get(GatewayEvent, event.id) is None:
            raise
        return False
    return True


def hand_over() -> int:
    """Let a thread of the gateway pool apply what is due, if anything is; returns how many threads that takes."""
    if not _is_any_due():
        return 0
    try:
        runtime().pool.run(apply_due)
    except PoolFull:  # it stays due
        return 0
    return 1


def apply_due() -> int:
    """Apply what is due, one after the other, until nothing is left; returns how many."""
    applied = 0
    while not runtime().pool.is_closed and (claimed := reconciler.claim_due(GatewayEvent, 1, runtime().lease)):
        _apply(claimed[0])
        applied += 1
    return applied


def forget_old() -> int:
    """Forget what was told a month ago; returns how many. What still waits stays."""
    old = delete(GatewayEvent).where(GatewayEvent.received_at < clock.now() - KEPT_FOR, GatewayEvent.due_at.is_(None))
    with writing():
        return _rows(db.session.execute(old))


def newest() -> GatewayEvent | None:
    """The last event that came."""
    return db.session.scalar(select(GatewayEvent).order_by(GatewayEvent.received_at.desc()).limit(1))


def stuck() -> int:
    """How many events could not be applied and are for a person to look at."""
    return db.session.scalar(select(func.count()).select_from(GatewayEvent).where(IS_STUCK)) or 0


def stuck_ones() -> Sequence[GatewayEvent]:
    """The newest of those that could not be applied."""
    return _newest_of(select(GatewayEvent).where(IS_STUCK))


def newest_ones() -> Sequence[GatewayEvent]:
    return _newest_of(select(GatewayEvent))


def _newest_of(events: Select[GatewayEvent]) -> Sequence[GatewayEvent]:
    newest_first = events.order_by(GatewayEvent.received_at.desc(), GatewayEvent.id).limit(PAGE)
    return db.session.scalars(newest_first.options(defer(GatewayEvent.body))).all()


def _is_any_due() -> bool:
    """The ordinary case is that nothing is, and costs one look into an index and no write."""
    db.session.rollback()
    found = db.session.scalar(select(GatewayEvent.id).where(reconciler.is_due(GatewayEvent)).limit(1))
    db.session.rollback()
    return found is not None


def _apply(event_id: str) -> None:
    event = db.session.get_one(GatewayEvent, event_id, populate_existing=True)
    if not (event.reference or event.claimed_session) and not _find_reference(event):
        _later(event, NO_ANSWER)
        return
    session_id = event.session_id or _session_of(event)
    if session_id is not None:
        _tell(event, session_id)
        problem = _take_up(session_id, event.kind)
    elif event.claimed_session:
        problem = NO_PAYMENT
    else:  # nothing is charged here before its reference is on record
        _end(event, Fate.OTHER_SHOP)
        return
    if problem:
        _later(event, problem)
    else:
        _end(event, Fate.APPLIED)


def _find_reference(event: GatewayEvent) -> bool:
    """Ask what a thin event's object is of, and write it down. False when the gateway could not be asked."""
    if not event.subject:
        return True
    db.session.rollback()  # no transaction is open while the gateway is asked
    try:
        reference = runtime().gateway.reference_behind(event.kind, event.subject)
    except GatewayError:
        return False
    with writing():
        _change(event.id, reference=reference)
    db.session.refresh(event)
    return True


def _session_of(event: GatewayEvent) -> str | None:
    """The session that an event is about: by its name, or by its reference where the gateway tells no name."""
    by_name = PaymentSession.id == event.claimed_session
    by_reference = PaymentSession.reference == event.reference
    return db.session.scalar(select(PaymentSession.id).where(by_name if event.claimed_session else by_reference))


def _tell(event: GatewayEvent, session_id: str) -> None:
    """A line in the session's trail, once, whoever else is at the same event."""
    found = update(GatewayEvent).where(GatewayEvent.id == event.id, GatewayEvent.session_id.is_(None))
    with writing():
        if _rows(db.session.execute(found.values(session_id=session_id))):
            audit_trail.add(session_id, EventKind.TOLD, ACTOR, detail=event.kind)


def _take_up(session_id: str, kind: str) -> str:
    """What kept an event from being applied, or nothing. A defect of ours is for a person too, and stops no other."""
    try:
        return _ask(session_id) or _follow(session_id, kind)
    except SQLAlchemyError:
        raise  # nothing can be written down now; it comes due again by itself
    except Exception:
        current_app.logger.exception("what the gateway told could not be applied")
        return DEFECT


def _ask(session_id: str) -> str:
    """Ask the gateway how a session stands, and settle it; what kept that from being done, or nothing."""
    session = queries.find(session_id)
    if session.state is State.PROCESSING and session.due_at and session.due_at <= clock.now():
        reconciler.attend(session_id)  # whoever made the call is gone
    outcome = gateway_calls.ask(session_id, ACTOR)
    if outcome is None:
        return NO_ATTEMPT
    if outcome.kind is OutcomeKind.UNKNOWN:
        return NO_ANSWER
    return CALL_IS_OUT if queries.find(session_id).state is State.PROCESSING else ""


def _follow(session_id: str, kind: str) -> str:
    """Take up what was given back, disputed or warned of; what kept that from being done, or nothing."""
    if kind.startswith(WARNED_OF):
        return "" if fraud_warnings.follow(session_id) else NO_ANSWER
    return "" if not kind.startswith(MONEY_BACK) or refunds.follow(session_id) else NO_ANSWER


def _later(event: GatewayEvent, problem: str) -> None:
    """It comes due again, later and later still; one whose payment cannot be found is for a person in the end."""
    if problem in (NO_PAYMENT, NO_ATTEMPT) and clock.now() - event.received_at >= GIVEN_UP_AFTER:
        _end(event, Fate.GIVEN_UP, problem)
        return
    tries = event.tries + 1
    due_at = _in(patience.check_delay(tries, runtime().settings.reconcile_interval))
    with writing():
        _change(event.id, tries=tries, due_at=due_at, problem=problem)


def _end(event: GatewayEvent, fate: Fate, problem: str = "") -> None:
    with writing():
        _change(event.id, fate=fate, due_at=None, problem=problem)


def _change(event_id: str, **values: Any) -> None:
    changed = update(GatewayEvent).where(GatewayEvent.id == event_id).values(values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _in(seconds: float) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


def _rows(result: Any) -> int:
    """How many rows were changed."""
    return int(result.rowcount)
