"""The only writer of a payment session's state; beside it `expiry` ends many at once.

Every call is one write transaction: the row, by compare-and-set on its version, and its event together. "Somebody was
first" is an ordinary result, not an error. The gateway is never called from here.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update

from smartcart import clock
from smartcart.db import db, writing
from smartcart.payments import admission, consequences, trail
from smartcart.payments.models import Attempt, EventKind, PaymentSession
from smartcart.payments.refusals import AlreadyPaid, NotFound
from smartcart.payments.terms import Plan, Terms
from smartcart.rules import patience
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind, move_for
from smartcart.rules.payment_states import AT_REST, GRAPH, IN_FLIGHT, OPEN, PAID, Move, State, next_state

log = logging.getLogger(__name__)

# The statements of every payment: made once, as making one costs as much as carrying it out. What is written past the
# unit of work is only ever added, or changed where a condition holds; that costs a third.
LOCKED = select(PaymentSession).where(PaymentSession.id == bindparam("session_id")).with_for_update()
SESSION_OF = select(Attempt.session_id).where(Attempt.id == bindparam("attempt_id")).scalar_subquery()
LOCKED_BY_ATTEMPT = select(PaymentSession).where(PaymentSession.id == SESSION_OF).with_for_update()
ADD_ATTEMPT = insert(cast(Table, Attempt.__table__))
KEEP_REFERENCE = (
    update(cast(Table, PaymentSession.__table__))
    .where(PaymentSession.id == bindparam("session_id"), PaymentSession.reference.is_(None))
    .values(reference=bindparam("kept"))
)


def add_session(terms: Terms, actor: str) -> PaymentSession:
    """Open a session inside the caller's write transaction, so that an order and its session exist together or not."""
    now = clock.now()
    session_id = token_urlsafe(24)  # 192 bits: nobody guesses it
    session = PaymentSession(
        id=session_id,
        owner=terms.owner,
        merchant=terms.merchant,
        order_reference=terms.order_reference,
        order=terms.order,
        amount=terms.amount.minor,
        currency=terms.amount.currency,
        description=terms.description,
        pay_url=f"{terms.base_url}/pay/{session_id}",
        return_url=terms.return_url,
        merchant_data=terms.merchant_data,
        state=State.CREATED,
        attempts=0,
        max_attempts=terms.max_attempts,
        gateway=terms.gateway,
        created_at=now,
        expires_at=now + timedelta(seconds=terms.lifetime),
    )
    db.session.add(session)
    db.session.flush()
    trail.tell(session, EventKind.OPENED, actor, after=State.CREATED)
    return session


def begin(session_id: str, method: str, actor: str, timeout: float, reserve: Callable[[], None]) -> int:
    """Write an attempt down; answers its id. Raises Refused.

    `reserve` is called once it may be made; what it raises undoes it.
    """
    with writing():
        session = _locked(session_id)
        now = clock.now()
        admission.refuse_attempt(session, now)
        reserve()
        session.attempts += 1
        session.method = method
        session.retry_at = None
        session.interruption = None
        session.refusal_code = ""
        session.due_at = patience.call_deadline(now, timeout)
        _move(session, Move.ATTEMPT, actor, attempt=session.attempts, detail=method)
        return _add_attempt(session, now)


def keep_reference(session_id: str, reference: str) -> None:
    """Remember the gateway's reference before it is charged. One that is there already stays."""
    with writing():
        db.session.connection().execute(KEEP_REFERENCE, {"session_id": session_id, "kept": reference})


def settle(attempt_id: int, outcome: Outcome, actor: str, plan: Plan, reference_closed: bool = False) -> PaymentSession:
    """Write down what became of an attempt, whoever says so, in any order and however often.

    Answers the session as it is afterwards; an outcome that comes too late to matter changes nothing. Approved always
    matters.
    """
    with writing():
        session = _found(db.session.scalar(LOCKED_BY_ATTEMPT, {"attempt_id": attempt_id}))
        attempt = db.session.get_one(Attempt, attempt_id)  # read only now that it is our turn
        move = _fitting_move(session, attempt, outcome, reference_closed)
        if move is not None:
            _write_answer(session, attempt, outcome)
            _move(session, move, actor, attempt.number, outcome.interruption, outcome.code)
            if session.state not in IN_FLIGHT:  # otherwise nobody knows yet, whatever was answered
                _decide(session, attempt, outcome)
            _plan_next(session, outcome, plan)
    return session


def abandon(session_id: str, actor: str, plan: Plan, attempt: int | None = None) -> PaymentSession:
    """Nobody will confirm with the bank: from now on it is for the gateway to say what happened.

    `attempt` is the number of the attempt that is meant, if it must be no other.
    """
    with writing():
        session = _locked(session_id)
        if session.state is State.ACTION_REQUIRED and attempt in (None, session.attempts):
            _move(session, Move.ABANDONED, actor, session.attempts)
            _plan_next(session, None, plan)
    return session


def request_cancel(session_id: str, actor: str, reason: str) -> PaymentSession:
    """Write the wish to cancel down at once; it is carried out when the outcome is known. Raises AlreadyPaid."""
    with writing():
        session = _locked(session_id)
        if session.state in PAID:
            raise AlreadyPaid(session.money)
        if session.state in OPEN and session.cancel_requested_at is None:
            session.cancel_requested_at = clock.now()
            session.retry_at = None
            if session.state in AT_REST or session.state is State.ACTION_REQUIRED:
                session.due_at = clock.now()  # nothing is being waited for that the gateway could not be asked now
            trail.tell(session, EventKind.CANCEL_REQUESTED, actor, detail=reason)
    return session


def end(session_id: str, move: Move, actor: str) -> PaymentSession:
    """Cancel or expire a session whose reference cannot be charged any more. An attempt that came first wins."""
    with writing():
        session = _locked(session_id)
        out_of_time = session.expires_at <= clock.now()
        if session.state in AT_REST and (move is not Move.EXPIRE or out_of_time):
            _move(session, move, actor)
    return session


def extend(session_id: str, actor: str, lifetime: float) -> PaymentSession:
    """Give the shopper more time: a whole lifetime (seconds) from now. Raises Refused."""
    with writing():
        session = _locked(session_id)
        admission.refuse_extension(session, clock.now())
        session.extensions += 1
        session.expires_at = max(session.expires_at, clock.now() + timedelta(seconds=lifetime))
        trail.tell(session, EventKind.EXTENDED, actor, detail=f"extension {session.extensions}")
    return session


def note_interruption(session_id: str, interruption: Interruption, actor: str, detail: str) -> PaymentSession:
    """Write down that something came in between; this alone changes no state."""
    with writing():
        session = _locked(session_id)
        if session.state in OPEN:
            session.interruption, session.interrupted_at = interruption, clock.now()
        trail.tell(session, EventKind.INTERRUPTED, actor, session.attempts or None, interruption, detail)
    return session


def refunded(session_id: str, actor: str) -> PaymentSession:
    """Everything was given back by the gateway."""
    with writing():
        session = _locked(session_id)
        if session.state is State.COMPLETED:
            _move(session, Move.REFUNDED, actor)
    return session


def looked(session_id: str, answer: str, actor: str, interval: float) -> None:
    """Write down that the gateway was asked and the session is still in the dark; ask again later, and later still."""
    with writing():
        session = _locked(session_id)
        if not _in_the_dark(session):
            return
        looks = session.looks + 1
        due_at = clock.now() + timedelta(seconds=patience.look_delay(looks, interval))
        if session.state is State.ACTION_REQUIRED:
            due_at = min(due_at, session.expires_at)  # nobody is waited for at the bank when time is over
        changes: dict[str, Any] = {"looks": looks, "due_at": due_at}
        trail.tell(session, EventKind.ASKED, actor, session.attempts or None, detail=answer)
        if patience.needs_a_person(session.state, looks) and session.needs_person_at is None:
            changes["needs_person_at"] = clock.now()
            trail.tell(session, EventKind.NEEDS_PERSON, actor, detail=f"no answer after {looks} questions")
        # Past the version: nothing that a shopper sees has changed, so no open page need be drawn again.
        db.session.execute(
            update(PaymentSession)
            .where(PaymentSession.id == session_id)
            .values(**changes)
            .execution_options(synchronize_session=False)
        )


def _in_the_dark(session: PaymentSession) -> bool:
    """Whether the gateway owes an answer: what became of a charge, that no more can come, or that it was given back."""
    if session.state in AT_REST:
        return session.cancelling or session.expired(clock.now())
    return session.state in (State.CHECKING, State.ACTION_REQUIRED) or session.returning


def _locked(session_id: str) -> PaymentSession:
    """The session, held against other writers until the end of the transaction. Raises NotFound."""
    return _found(db.session.scalar(LOCKED, {"session_id": session_id}))


def _found(session: PaymentSession | None) -> PaymentSession:
    if session is None:
        raise NotFound
    return session


def _add_attempt(session: PaymentSession, now: datetime) -> int:
    """The attempt that the session has just been given; answers its id."""
    added = db.session.connection().execute(
        ADD_ATTEMPT,
        {
            "session_id": session.id,
            "number": session.attempts,
            "max_attempts": session.max_attempts,
            "method": session.method,
            "begun_at": now,
            "deadline_at": session.due_at,
        },
    )
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # one row was added, so it has a key


def _fitting_move(session: PaymentSession, attempt: Attempt, outcome: Outcome, reference_closed: bool) -> Move | None:
    """The move that an outcome makes now, or None when somebody was first."""
    if outcome.kind is not OutcomeKind.APPROVED and (attempt.outcome is not None or attempt.number != session.attempts):
        return None
    move = move_for(outcome, session.attempts_left, reference_closed)
    return move if move in GRAPH[session.state] else None


def _write_answer(session: PaymentSession, attempt: Attempt, outcome: Outcome) -> None:
    attempt.interruption = outcome.interruption or attempt.interruption
    session.action_url = outcome.action_url
    if outcome.interruption:
        session.interruption, session.interrupted_at = outcome.interruption, clock.now()


def _decide(session: PaymentSession, attempt: Attempt, outcome: Outcome) -> None:
    """The attempt is over, and it is known what it did."""
    now = clock.now()
    attempt.outcome, attempt.settled_at = outcome.kind, now
    attempt.code = session.refusal_code = outcome.code
    if outcome.kind is OutcomeKind.APPROVED and session.attempts > 1:
        _release_others(session, attempt, now)


def _release_others(session: PaymentSession, approved: Attempt, now: datetime) -> None:
    """The reference is charged once, by one attempt: every other that was still open has charged nothing."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.session_id == session.id, Attempt.id != approved.id, Attempt.outcome.is_(None))
        .values(outcome=OutcomeKind.NOT_CHARGED, settled_at=now)
    )


def _move(
    session: PaymentSession,
    move: Move,
    actor: str,
    attempt: int | None = None,
    interruption: Interruption | None = None,
    detail: str = "",
) -> None:
    """The one place where a state changes: along the graph, with its event and its consequences."""
    before = session.state
    session.state = next_state(before, move)
    session.looks, session.needs_person_at = 0, None
    trail.tell(session, EventKind.MOVED, actor, attempt, interruption, detail, before, session.state, move)
    log.info("payment session %s… moved from %s to %s: %s", session.id[:6], before, session.state, move)
    if session.state not in OPEN:
        session.due_at = session.retry_at = None
        session.ended_at = clock.now()
        if not consequences.of_ending(session):
            session.refund_due, session.due_at = True, clock.now()
            trail.tell(session, EventKind.REFUND_DUE, actor, detail="the order cannot be fulfilled any more")


def _plan_next(session: PaymentSession, outcome: Outcome | None, plan: Plan) -> None:
    """When the reconciler has to come by, now that the session is where it is."""
    now = clock.now()
    if session.state in IN_FLIGHT:
        session.due_at = now + timedelta(seconds=patience.look_delay(0, plan.interval))
    elif session.state is State.INTERRUPTED:
        session.due_at = now if session.cancelling else None
        if outcome and patience.retries_by_itself(outcome, session.attempts_left) and not session.cancelling:
            session.retries += 1
            wait = patience.retry_delay(session.retries, plan.retry_delay, plan.jitter)
            session.retry_at = session.due_at = now + timedelta(seconds=wait)
