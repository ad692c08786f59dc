"""What the gateway tells by itself: kept before it is understood, applied by asking the gateway how things stand now.

An event is a reason to ask, never an answer: so it may come twice, late, and in any order. One that is kept comes due
until it is applied, whoever dies meanwhile. Any number of threads and processes may be at it.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import defer

from smartcart import clock, work_queue
from smartcart.database.forgetting import forget
from smartcart.database.session import db, writing
from smartcart.database.upsert import insert_new
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.core import audit_trail, queries
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import fraud_warnings, gateway_calls, reconciler
from smartcart.payments.gateway_events.models import IS_STUCK, Fate, GatewayEvent
from smartcart.payments.refunds import calls as refunds
from smartcart.rules import patience
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import State
from smartcart.work_queue import Claim, Kind, WorkQueue

ACTOR = "webhook"
# Stripe sends an event again for three days, and when asked to for thirty. Whoever comes later brings nothing new, and
# what was told is in the trails of the payments.
KEPT_FOR = timedelta(days=30)
# As many as one page shows.
PAGE = 100
# What an event's kind begins with when it is about money that went back.
MONEY_BACK = ("charge.refund", "charge.dispute", "refund.")
# The same of one about word of the card's issuer that a payment may be fraud.
WARNED_OF = "radar.early_fraud_warning."

NO_PAYMENT = "no payment of that name is on record"
NO_ATTEMPT = "no attempt of that payment is on record"
NO_ANSWER = "the gateway could not be asked"
DEFECT = "something broke on our side; the log tells what"
CALL_IS_OUT = "the call that is under way will be answered first"


def store_event(columns: dict[str, Any]) -> bool:
    """Write an event down. False if it is there already: the first to bring it has seen to it."""
    with writing():
        return insert_new(GatewayEvent, **columns)


def hand_over() -> bool:
    """Have what is due applied by whoever works in this process, or else by the pool; False when nobody can now."""
    if not work_queue.is_any_due(told()):
        return False
    return work_queue.wake() or reconciler.on_pool(apply_due) is not None  # otherwise it stays due


def apply_due() -> int:
    """Apply what is due, one after the other, until nothing is left; returns how many."""
    return WorkQueue(told(reconciler.in_place)).begin_due()


def told(run: reconciler.Run | None = None) -> Kind:
    """Events that are due, each applied on a thread of the pool, or as `run` has it."""
    return Kind(
        GatewayEvent,
        lambda claim: (run or reconciler.on_pool)(partial(_apply, claim)),
        room=reconciler.room_of(run),
        lease=runtime().lease,
        longest=runtime().longest_wait,
    )


def forget_old() -> int:
    """Forget what was told a month ago; returns how many. What still waits stays."""
    return forget(GatewayEvent, GatewayEvent.received_at < clock.now() - KEPT_FOR, GatewayEvent.due_at.is_(None))


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


def _apply(claim: Claim) -> None:
    event = db.session.get_one(GatewayEvent, claim.id, populate_existing=True)
    if not (event.reference or event.claimed_session) and not _find_reference(event):
        _later(claim, event, NO_ANSWER)
        return
    session_id = event.session_id or _session_of(event)
    if session_id is not None:
        _tell(event, session_id)
        problem = _take_up(session_id, event.kind)
    elif event.claimed_session:
        problem = NO_PAYMENT
    else:  # nothing is charged here before its reference is on record
        work_queue.done(claim, fate=Fate.OTHER_SHOP, problem="")
        return
    if problem:
        _later(claim, event, problem)
    else:
        work_queue.done(claim, fate=Fate.APPLIED, problem="")


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
        db.session.execute(update(GatewayEvent).where(GatewayEvent.id == event.id).values(reference=reference))
    db.session.refresh(event)
    return True


def _session_of(event: GatewayEvent) -> str | None:
    """The session that an event is about: by its name, or by its reference where the gateway tells no name."""
    by_name = PaymentSession.id == event.claimed_session
    is_meant = by_name if event.claimed_session else queries.has_reference([event.reference])
    return db.session.scalar(select(PaymentSession.id).where(is_meant))


def _tell(event: GatewayEvent, session_id: str) -> None:
    """A line in the session's trail, once, whoever else is at the same event."""
    found = update(GatewayEvent).where(GatewayEvent.id == event.id, GatewayEvent.session_id.is_(None))
    with writing():
        if _rows(db.session.execute(found.values(session_id=session_id))):
            audit_trail.add(session_id, EventKind.TOLD, ACTOR, event.kind)


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


def _later(claim: Claim, event: GatewayEvent, problem: str) -> None:
    """It comes due again, later and later still; one whose payment cannot be found is for a person in the end."""
    if problem in (NO_PAYMENT, NO_ATTEMPT) and patience.is_hopeless(event.received_at, clock.now()):
        work_queue.done(claim, fate=Fate.GIVEN_UP, problem=problem)
    else:
        work_queue.again_later(claim, event.tries + 1, runtime().settings.reconcile_interval, problem=problem)


def _rows(result: Any) -> int:
    """How many rows were changed."""
    return int(result.rowcount)
