"""The record's way of saying when a session is looked at next, and that somebody has looked."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, literal

from smartcart import clock
from smartcart.database.types import UTCDateTime
from smartcart.payments.core import audit_trail
from smartcart.payments.core.audit_trail import Particulars
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules import patience
from smartcart.rules.payment_states import AT_REST, State


def checked(session_id: str, answer: str, actor: str, interval: float | None) -> None:
    """Write down that the gateway was asked and the session is still in the dark.

    With the reconciler's `interval`, in seconds, it is asked again later, and later still. Without, it was asked out of
    turn, and when the reconciler comes stays as it is: whoever asks often must not put the answer off.
    """
    with lock(session_id, is_news=False) as session:
        if not session.owes_an_answer(clock.now()):
            return
        audit_trail.add(session.id, EventKind.ASKED, actor, Particulars(session.attempts or None, detail=answer))
        if interval is not None:
            _ask_later(session, actor, interval)


def _ask_later(session: LockedSession, actor: str, interval: float) -> None:
    session.looks += 1
    session.due_at = clock.now() + timedelta(seconds=patience.check_delay(session.looks, interval))
    if session.state is State.ACTION_REQUIRED:
        session.due_at = min(session.due_at, session.expires_at)  # nobody is waited for at the bank after that
    if patience.needs_a_person(session.state, session.looks) and session.needs_person_at is None:
        session.needs_person_at = clock.now()
        audit_trail.add(session.id, EventKind.NEEDS_PERSON, actor, f"no answer after {session.looks} questions")


def asked_before(moment: datetime, interval: float) -> ColumnElement[bool]:
    """Sessions that wait for their next question since before then: how long each waits, its `looks` say.

    Those of more looks than a person is called after may wait longer than is reckoned with here, and are left out.
    """
    at_most = patience.LOOKS_BEFORE_A_PERSON
    until = {
        looks: literal(moment + timedelta(seconds=patience.check_delay(looks, interval)), UTCDateTime())
        for looks in range(1, at_most + 1)
    }
    due_at = case(until, value=PaymentSession.looks, else_=until[at_most])
    return and_(PaymentSession.looks > 0, PaymentSession.due_at < due_at)


def come_due(session_id: str) -> None:
    """Somebody knows of news: let the reconciler ask at its next turn."""
    with lock(session_id, is_news=False) as session:
        if session.due_at is not None:
            session.due_at = min(session.due_at, clock.now())


def come_back_to(session_id: str) -> None:
    """Somebody comes back to a session by a link: let the reconciler ask at its next turn, also about one at rest.

    What is due soon anyway, or is asked about at this moment, is left alone.
    """
    with lock(session_id, is_news=False) as session:
        if _can_wait_no_longer(session):
            session.due_at = clock.now()


def _can_wait_no_longer(session: LockedSession) -> bool:
    if session.state is State.INTERRUPTED:
        return session.due_at is None
    is_in_question = session.state in (State.CHECKING, State.ACTION_REQUIRED)
    a_claim_ends = clock.now() + timedelta(seconds=runtime().lease)
    return is_in_question and session.due_at is not None and session.due_at > a_claim_ends


def confirmed(session_id: str, answer: str, actor: str) -> None:
    """The gateway was asked about a session at rest, and it is still so that nothing was taken."""
    with lock(session_id, is_news=False) as session:
        if session.state is State.INTERRUPTED:
            told = Particulars(session.attempts or None, detail=answer)
            audit_trail.add(session.id, EventKind.ASKED, actor, told)
            session.due_at = session.retry_at


def not_confirmed(session_id: str) -> None:
    """The gateway was asked about a session at rest, and there was no answer: it is asked once more."""
    with lock(session_id, is_news=False) as session:
        if session.state is State.INTERRUPTED:
            session.due_at = clock.now() + timedelta(seconds=patience.COMES_BACK)


def run_out(session_id: str) -> None:
    """Its time is over: let the reconciler close it at its next turn. Pages show from now on that nothing can be paid.

    Whoever is at it already is left alone.
    """
    with lock(session_id) as session:
        waits_for_nobody = session.due_at in (None, session.retry_at)
        if session.state in AT_REST and session.expired(clock.now()) and waits_for_nobody:
            session.due_at, session.retry_at = clock.now(), None


def retry_no_more(session_id: str) -> None:
    """There is no automatic retry after all: what it was to be paid with is gone."""
    with lock(session_id) as session:
        if session.retry_at is not None:
            session.retry_at = session.due_at = None
