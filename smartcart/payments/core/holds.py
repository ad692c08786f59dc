"""What the record does about sums that are set aside: it waits for the owner, who is told twice, and has them taken."""

from smartcart import clock
from smartcart.moments import format_moment
from smartcart.payments.core import audit_trail, owner_news
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refusals import Cancelling, NothingHeld
from smartcart.payments.core.runtime import runtime
from smartcart.rules import holds, patience
from smartcart.rules.outcomes import Outcome
from smartcart.rules.payment_states import State

NOBODY_DECIDED = "nobody had the sum taken in time"


def begin(session: LockedSession, outcome: Outcome) -> None:
    """The sum was set aside just now, inside the caller's write transaction: from here on the owner's time counts."""
    now = clock.now()
    session.expires_at = holds.decide_by(outcome.held_until, now)
    if session.cancelling:
        session.due_at = now
        return
    _plan(session, is_reminded=False)
    _tell(session, "the sum is set aside")


def look(session_id: str) -> None:
    """Its time has come to be looked at: the owner is reminded, once, and without a word from them it is given up."""
    with lock(session_id, is_news=False) as session:
        is_over = session.expires_at <= clock.now()
        if session.state is State.AUTHORIZED and not session.cancelling and not is_over:
            _remind(session)
    if is_over:
        _give_up(session_id)


def _remind(session: LockedSession) -> None:
    """`looks` counts that it was done."""
    is_due = holds.is_time_to_remind(session.expires_at, clock.now())
    if is_due and not session.looks:
        session.looks = 1
        _tell(session, "the sum is still set aside")
    _plan(session, session.looks > 0)


def _give_up(session_id: str) -> None:
    """Write down that it is to be given free, which the reconciler carries out at its next turn; not what is to be
    taken meanwhile."""
    with lock(session_id) as session:
        if session.state is State.AUTHORIZED and not session.cancelling:
            session.cancel_requested_at = session.due_at = clock.now()
            audit_trail.add(session.id, EventKind.CANCEL_REQUESTED, "clock", NOBODY_DECIDED)


def refuse_capture(session: LockedSession) -> None:
    """Raises Refused unless the sum may be taken now."""
    refuse_release(session)
    if session.cancelling:
        raise Cancelling(session.money)


def refuse_release(session: LockedSession) -> None:
    """Raises Refused unless a sum is set aside that may be given free, or is about to be."""
    if session.state is not State.AUTHORIZED:
        raise NothingHeld(session.money)


def _plan(session: LockedSession, is_reminded: bool) -> None:
    session.due_at = holds.next_look(session.expires_at, is_reminded, clock.now(), patience.LONGEST_LOOK)


def _tell(session: LockedSession, what: str) -> None:
    by = format_moment(session.expires_at, runtime().settings.time_zone)
    owner_news.of_hold(session.id, f"{what}, and nothing is taken; without a word from you it is given free on {by}")
