"""When the reconciler has to come by, once the record has settled a session."""

from datetime import timedelta

from smartcart import clock
from smartcart.payments.core import holds
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.terms import Plan
from smartcart.rules import patience
from smartcart.rules.outcomes import Outcome
from smartcart.rules.payment_states import IN_FLIGHT, State


def plan_next(session: LockedSession, outcome: Outcome | None, plan: Plan) -> None:
    """When the reconciler has to come by, now that the session is where it is."""
    now = clock.now()
    if session.state in IN_FLIGHT:
        first_look = now + timedelta(seconds=patience.check_delay(0, plan.interval))
        session.due_at = min(session.due_at or first_look, first_look)  # nothing puts the answer off
    elif session.state is State.AUTHORIZED and outcome:
        holds.begin(session, outcome)
    elif session.state is State.INTERRUPTED:
        session.due_at = now if session.cancelling else None
        retries = outcome and patience.retries_by_itself(outcome, session.attempts_left, session.retries)
        if retries and not session.cancelling:
            session.retries += 1
            wait = patience.retry_delay(session.retries, plan.retry_delay, plan.jitter)
            session.retry_at = session.due_at = now + timedelta(seconds=wait)
