"""Comes back for whatever was left in the dark: asks the gateway, settles it, retries, closes, expires, refunds.

Every job may run in many processes at once: rows are claimed for a while by a conditional update, and come due again
when whoever claimed them died.
"""

from collections.abc import Callable, Sequence
from functools import partial

from flask import current_app
from sqlalchemy import select

from smartcart import clock
from smartcart.db import db
from smartcart.payments import calls, desk, record
from smartcart.payments.models import PaymentSession
from smartcart.payments.parts import parts
from smartcart.payments.pool import PoolFull
from smartcart.payments.reading import find, standing
from smartcart.payments.refusals import Refused
from smartcart.rules import patience
from smartcart.rules.outcomes import CRASHED
from smartcart.rules.patience import Duty
from smartcart.rules.payment_states import AT_REST, Move

ACTOR = "reconciler"
# One round takes so many sessions and no more, so that a round never holds up the writers of the shop.
BATCH = 100


def reconcile() -> int:
    """Look after the sessions that are due; answers how many."""
    return _attend_all(record.claim_due(BATCH, _lease()))


def retry() -> int:
    """Start the automatic retries whose delay is over; answers how many. They cannot wait for the reconciler's round."""
    return _attend_all(record.claim_due(BATCH, parts().settings.retry_delay, PaymentSession.retry_at.is_not(None)))


def sweep() -> int:
    """Expire the sessions that are out of time; answers how many."""
    ids = db.session.scalars(
        select(PaymentSession.id)
        .where(PaymentSession.state.in_(AT_REST), PaymentSession.expires_at <= clock.now())
        .order_by(PaymentSession.expires_at)
        .limit(BATCH)
    ).all()
    for session_id in ids:
        _on_pool(partial(calls.close, session_id, Move.EXPIRE, "clock"))
    return len(ids)


def attend(session_id: str) -> None:
    """Do what is to be done for one session now; what needs the gateway goes on in the pool."""
    session = find(session_id)
    match patience.duty(
        session.state, session.cancelling, session.refund_due, session.retry_at, session.expires_at, clock.now()
    ):
        case Duty.DECLARE_UNANSWERED:
            _declare_unanswered(session_id)
        case Duty.ASK:
            _on_pool(partial(calls.ask, session_id, ACTOR))
        case Duty.ABANDON:
            record.abandon(session_id, ACTOR, parts().plan())
            _on_pool(partial(calls.ask, session_id, ACTOR))
        case Duty.RETRY:
            _retry(session)
        case Duty.CLOSE:
            _on_pool(partial(calls.close, session_id, Move.CANCEL, ACTOR))
        case Duty.REFUND:
            _on_pool(partial(calls.refund, session_id, ACTOR))


def _attend_all(session_ids: Sequence[str]) -> int:
    for session_id in session_ids:
        attend(session_id)
    return len(session_ids)


def _lease() -> float:
    """How long a claimed session is left to whoever claimed it, in seconds: one call to the gateway."""
    return parts().settings.payment_timeout + patience.CALL_GRACE


def _declare_unanswered(session_id: str) -> None:
    """The attempt is past its deadline and nobody wrote an answer: whoever made the call is gone."""
    known = standing(session_id)
    if known.attempt_id is not None:
        record.settle(known.attempt_id, CRASHED, ACTOR, parts().plan())


def _retry(session: PaymentSession) -> None:
    try:
        desk.pay(session.id, session.method, "automatic retry")
    except Refused as refusal:
        current_app.logger.info("no automatic retry: %s", refusal.code)


def _on_pool(work: Callable[[], None]) -> None:
    """Hand a session to the pool; when it is full, the session comes due again."""
    try:
        parts().pool.run(work)
    except PoolFull:
        current_app.logger.info("the gateway pool is full; a session waits for its next turn")
