"""The only writer of a payment session's state; beside it `expiry` ends many at once.

Every call is one write transaction: the row, by compare-and-set on its version, and its event together. "Somebody was
first" is an ordinary result, not an error. The gateway is never called from here.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, insert

from smartcart import clock
from smartcart.database.statements import Prepared
from smartcart.ids import new_id
from smartcart.payments.core import (
    answers,
    attempts,
    audit_trail,
    effects,
    fraud_check,
    guards,
    holds,
    keyed_effects,
    letters,
    merchant_events,
)
from smartcart.payments.core.attempts import ChargeToMake, KnownAttempt
from smartcart.payments.core.audit_trail import NOTHING, Particulars, Step
from smartcart.payments.core.locked_session import LockedSession, lock, lock_by_attempt, opened
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.plans import plan_next
from smartcart.payments.core.refusals import AlreadyPaid
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Instrument, Plan, Terms
from smartcart.rules import patience
from smartcart.rules.holds import move_for as of_hold
from smartcart.rules.merchant_events import MerchantEventType, of_step
from smartcart.rules.outcomes import TAKEN_BACK, Interruption, Outcome, OutcomeKind, move_for
from smartcart.rules.payment_states import AT_REST, FREES, GRAPH, IN_FLIGHT, OPEN, PAID, Move, State, next_state

log = logging.getLogger(__name__)

# Who presses Pay when nobody does.
AUTOMATIC_RETRY = "automatic retry"

SESSIONS = cast(Table, PaymentSession.__table__)
ADD_SESSION = Prepared(insert(SESSIONS))


def add_session(terms: Terms, actor: str) -> LockedSession:
    """Open a session inside the caller's write transaction, so that an order and its session exist together or not.

    Returns it as it will be on record.
    """
    now = clock.now()
    session_id = new_id()
    values = {
        "id": session_id,
        "owner": terms.owner,
        "merchant": terms.merchant,
        "order_reference": terms.order_reference,
        "order_id": terms.order_id,
        "amount": terms.amount.minor,
        "currency": terms.amount.currency,
        "description": terms.description,
        "pay_url": f"{terms.base_url}/pay/{session_id}",
        "return_url": terms.return_url,
        "merchant_data": terms.merchant_data,
        "state": State.CREATED,
        "version": 1,
        "max_attempts": terms.max_attempts,
        "gateway": terms.gateway,
        "created_at": now,
        "expires_at": now + timedelta(seconds=terms.lifetime),
    }
    ADD_SESSION.change_along(**values)
    keyed_effects.refuse_second(session_id)
    audit_trail.add(session_id, EventKind.OPENED, actor, step=Step(None, State.CREATED))
    session = opened(values)
    if terms.merchant:
        merchant_events.add(session, MerchantEventType.PAYMENT_OPENED)
    return session


def begin(
    session_id: str, instrument: Instrument, actor: str, timeout: float, reserve: Callable[[], bool]
) -> ChargeToMake:
    """Write an attempt down, which may take `timeout` seconds from now on. Raises Refused.

    `reserve` is called once it may be made, and says whether there is a thread for it at once; otherwise it waits, and
    is marked as sent later. What `reserve` raises undoes it.
    """
    with lock(session_id) as session:
        keyed_effects.refuse_second(session_id)
        now = clock.now()
        guards.refuse_attempt(session, now)
        judged = fraud_check.judge(session, instrument, now)
        has_thread = reserve()
        if not session.attempts:  # nothing of it is anywhere yet
            session.gateway, session.account = runtime().gateway.name, runtime().gateway.account
        session.attempts += 1
        session.retries = session.retries if actor == AUTOMATIC_RETRY else 0
        session.method = instrument.method
        session.customer = instrument.customer or session.customer
        session.keep_method = instrument.keep
        session.retry_at = None
        session.interruption = None
        session.refusal_code, session.advice, session.not_before = "", None, None
        deadline_at = patience.call_deadline(now, timeout)
        send_by = None if has_thread else patience.send_by(now, timeout, session.expires_at)
        session.due_at = send_by or deadline_at
        _move(session, Move.ATTEMPT, actor, Particulars(session.attempts, detail=instrument.method))
        to_make = attempts.add(session, now, deadline_at, timeout, send_by, judged.instrument)
        fraud_check.remember(session, judged, to_make.attempt_id, actor)
        return to_make


def note_judged(session_id: str, reason: str, actor: str) -> None:
    """Write down why no attempt was begun, for the owner; once, however often it is pressed."""
    with lock(session_id, is_news=False) as session:
        fraud_check.note(session, reason, actor)


def mark_sent(attempt_id: int) -> bool:
    """Let an attempt that has waited for a thread leave the house, just before its call.

    False when it must not: it was given up, it was settled, or it has waited for too long.
    """
    with lock_by_attempt(attempt_id, is_news=False) as session:
        attempt = attempts.known(attempt_id)
        may_leave = attempt.waits and clock.now() < cast(datetime, attempt.send_by)
        if may_leave:
            attempts.mark_sent(attempt)
            session.due_at = attempt.deadline_at
    return may_leave


def settle(attempt_id: int, outcome: Outcome, actor: str, plan: Plan, reference_closed: bool = False) -> LockedSession:
    """Write down what became of an attempt, whoever says so, in any order and however often.

    Returns the session as it is afterwards; an outcome that comes too late to matter changes nothing. Approved always
    matters.
    """
    with lock_by_attempt(attempt_id) as session:
        attempt = attempts.known(attempt_id)  # read only now that it is our turn
        move = _fitting_move(session, attempt, outcome, reference_closed)
        if move is not None:
            _take_up(session, attempt, outcome, move, actor, plan)
    return session


def capture(session_id: str, actor: str) -> LockedSession:
    """Write down that what is set aside is to be taken, before anybody is asked to. Raises Refused."""
    with lock(session_id) as session:
        keyed_effects.refuse_second(session_id)
        holds.refuse_capture(session)
        _move(session, Move.CAPTURE, actor, Particulars(session.attempts))
        plan_next(session, None, runtime().plan())
    return session


def abandon(session_id: str, actor: str, plan: Plan, attempt: int | None = None) -> LockedSession:
    """Nobody will confirm with the bank: from now on it is for the gateway to say what happened.

    `attempt` is the number of the attempt that is meant, if it must be no other.
    """
    with lock(session_id) as session:
        if session.state is State.ACTION_REQUIRED and attempt in (None, session.attempts):
            _move(session, Move.ABANDONED, actor, Particulars(session.attempts))
            plan_next(session, None, plan)
    return session


def request_cancel(session_id: str, actor: str, reason: str) -> LockedSession:
    """Write the wish to cancel down at once; it is carried out when the outcome is known. Raises AlreadyPaid.

    An attempt that still waits for a thread is taken back: it is known that it charges nothing.
    """
    with lock(session_id) as session:
        if session.state in PAID:
            raise AlreadyPaid(session.money)
        keyed_effects.is_first(session_id)
        _note_wish_to_cancel(session, actor, reason)
    return session


def request_release(session_id: str, actor: str, reason: str) -> LockedSession:
    """Write down that what is set aside is to be given free, as a wish to cancel that waits for nothing. Raises
    Refused."""
    with lock(session_id) as session:
        keyed_effects.refuse_second(session_id)
        holds.refuse_release(session)
        _note_wish_to_cancel(session, actor, reason)
    return session


def end(session_id: str, move: Move, actor: str) -> LockedSession:
    """Cancel or expire a session whose reference cannot be charged any more. An attempt that came first wins."""
    with lock(session_id) as session:
        out_of_time = session.expires_at <= clock.now()
        if session.state in AT_REST and (move is not Move.EXPIRE or out_of_time):
            _move(session, move, actor)
    return session


def extend(session_id: str, actor: str, lifetime: float) -> LockedSession:
    """Give the shopper more time: a whole lifetime (seconds) from now, if that is any more. Raises Refused."""
    with lock(session_id) as session:
        guards.refuse_extension(session, clock.now())
        if end := patience.extended_end(session.expires_at, clock.now(), lifetime):
            session.extensions += 1
            session.expires_at = end
            audit_trail.add(session.id, EventKind.EXTENDED, actor, f"extension {session.extensions}")
    return session


def note_interruption(session_id: str, interruption: Interruption, actor: str, detail: str) -> LockedSession:
    """Write down that something came in between; this alone changes no state."""
    with lock(session_id) as session:
        if not keyed_effects.is_first(session_id):
            return session
        if session.state in OPEN:
            session.interruption, session.interrupted_at = interruption, clock.now()
        told = Particulars(session.attempts or None, interruption, detail)
        audit_trail.add(session.id, EventKind.INTERRUPTED, actor, told)
    return session


def note_refund(session: LockedSession, amount: int, actor: str, detail: str = "") -> None:
    """So much more was given back, inside the caller's write transaction on a session that is paid and locked."""
    session.refunded += amount
    audit_trail.add(session.id, EventKind.REFUND_MADE, actor, audit_trail.in_words(amount, session.currency, detail))
    effects.of_refund(session, amount, actor)
    if session.refunded == session.amount:
        _move(session, Move.REFUNDED, actor)


def take_back(session: LockedSession, amount: int, actor: str, detail: str = "") -> None:
    """So much of what was given back has come back, as `note_refund` is called."""
    session.refunded -= amount
    audit_trail.add(session.id, EventKind.REFUND_FAILED, actor, audit_trail.in_words(amount, session.currency, detail))
    effects.of_refund(session, -amount, actor)
    if session.state is State.REFUNDED:
        _move(session, Move.REFUND_FAILED, actor)


def _note_wish_to_cancel(session: LockedSession, actor: str, reason: str) -> None:
    if session.state in OPEN and session.cancel_requested_at is None:
        session.cancel_requested_at = clock.now()
        session.retry_at = None
        if session.state in AT_REST | {State.ACTION_REQUIRED, State.AUTHORIZED}:
            session.due_at = clock.now()  # nothing is being waited for that the gateway could not be asked now
        audit_trail.add(session.id, EventKind.CANCEL_REQUESTED, actor, reason)
        if session.state is State.PROCESSING and (attempt := attempts.waiting(session.id)):
            _take_up(session, attempt, TAKEN_BACK, Move.NOT_CHARGED, actor, runtime().plan())


def _fitting_move(
    session: LockedSession, attempt: KnownAttempt, outcome: Outcome, reference_closed: bool
) -> Move | None:
    """The move that an outcome makes now, or None when somebody was first."""
    if outcome.kind is not OutcomeKind.APPROVED:
        if not attempt.is_open or attempt.number != session.attempts:
            return None
        if attempt.waits != outcome.never_left:  # what waits has no answer yet, and what was sent is not taken back
            return None
    if attempt.outcome is OutcomeKind.AUTHORIZED:
        move = of_hold(outcome, session.cancelling and session.state is State.AUTHORIZED)
    else:
        move = move_for(outcome, session.attempts_left, reference_closed)
    return move if move in GRAPH[session.state] else None


def _take_up(
    session: LockedSession, attempt: KnownAttempt, outcome: Outcome, move: Move, actor: str, plan: Plan
) -> None:
    answers.write(session, attempt, outcome)
    _move(session, move, actor, Particulars(attempt.number, outcome.interruption, outcome.code))
    if session.state not in IN_FLIGHT:  # otherwise nobody knows yet, whatever was answered
        answers.decide(session, attempt, outcome)
    plan_next(session, outcome, plan)


def _move(session: LockedSession, move: Move, actor: str, told: Particulars = NOTHING) -> None:
    """The one place where a state changes: along the graph, with its event and its consequences."""
    before = session.state
    session.state = next_state(before, move)
    session.looks, session.needs_person_at = 0, None
    audit_trail.add(session.id, EventKind.MOVED, actor, told, Step(before, session.state, move))
    merchant_events.note(session, of_step(before, session.state))
    log.info(audit_trail.MOVED, session.id, session.order_reference, before, session.state, move, actor)
    if move in FREES:
        session.released_at = clock.now()
    if session.state not in OPEN:
        session.due_at = session.retry_at = None
        session.ended_at = clock.now()
        effects.of_ending(session, before, actor)
    letters.of_step(session, before)
