"""Comes back for whatever was left in the dark: asks the gateway, settles it, retries, closes, expires, refunds.

Every job may run in many processes at once: rows are claimed for a while by a conditional update, and come due again
when whoever claimed them died.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import timedelta
from functools import partial

from flask import current_app
from sqlalchemy import ColumnElement, select, update

from smartcart import clock
from smartcart.db import db, writing
from smartcart.payments import calls, desk, expiry, record
from smartcart.payments.models import PaymentSession
from smartcart.payments.parts import parts
from smartcart.payments.pool import PoolFull
from smartcart.payments.reading import find, standing
from smartcart.payments.refusals import Refused
from smartcart.rules import patience
from smartcart.rules.outcomes import CRASHED
from smartcart.rules.patience import Duty
from smartcart.rules.payment_states import Move

ACTOR = "reconciler"
# A batch of 100 holds the writers of the shop up for about 12 ms, and the pause (seconds) lets those go first who wait.
BATCH = 100
PAUSE = 0.01


def reconcile() -> int:
    """Look after the sessions that are due, until none is left; answers how many."""
    return _attend_all_due(_lease())


def retry() -> int:
    """Start the automatic retries whose delay is over; answers how many. They cannot wait for the other round."""
    return _attend_all_due(parts().settings.retry_delay, PaymentSession.retry_at.is_not(None))


def sweep() -> int:
    """Expire the sessions that are out of time; answers how many. Those that were tried come due for the reconciler."""
    _in_batches(expiry.wake_tried)
    return _in_batches(expiry.expire_untried)


def attend(session_id: str) -> Future[None] | None:
    """Do what is to be done for one session now; what needs the gateway goes on in the pool."""
    session = find(session_id)
    match patience.duty(
        session.state, session.cancelling, session.refund_due, session.retry_at, session.expires_at, clock.now()
    ):
        case Duty.DECLARE_UNANSWERED:
            _declare_unanswered(session_id)
        case Duty.ASK:
            return _on_pool(partial(calls.ask, session_id, ACTOR))
        case Duty.ABANDON:
            record.abandon(session_id, ACTOR, parts().plan())
            return _on_pool(partial(calls.ask, session_id, ACTOR))
        case Duty.RETRY:
            _retry(session)
        case Duty.CANCEL:
            return _on_pool(partial(calls.close, session_id, Move.CANCEL, ACTOR))
        case Duty.EXPIRE:
            return _on_pool(partial(calls.close, session_id, Move.EXPIRE, "clock"))
        case Duty.REFUND:
            return _on_pool(partial(calls.refund, session_id, ACTOR))
    return None


def _attend_all_due(lease: float, *which: ColumnElement[bool]) -> int:
    """Attend to all that is due. Half of the gateway's threads at most are taken, the others stay free for shoppers."""
    attended = 0
    limit = max(1, parts().settings.gateway_threads // 2)
    while not parts().pool.is_closed and (ids := _claim_due(limit, lease, *which)):  # else nobody would attend to them
        wait([under_way for session_id in ids if (under_way := attend(session_id)) is not None])
        attended += len(ids)
    return attended


def _claim_due(limit: int, lease: float, *which: ColumnElement[bool]) -> Sequence[str]:
    """Sessions whose time has come, taken by this process for `lease` seconds; if it dies, they come due again."""
    due = select(PaymentSession.id).where(PaymentSession.due_at <= clock.now(), *which)
    if db.session.scalar(due.limit(1)) is None:  # the ordinary case costs no write
        return []
    with writing():
        ids = db.session.scalars(
            due.order_by(PaymentSession.due_at).limit(limit).with_for_update(skip_locked=True)
        ).all()
        db.session.execute(
            update(PaymentSession)
            .where(PaymentSession.id.in_(ids))
            .values(due_at=clock.now() + timedelta(seconds=lease))
            .execution_options(synchronize_session=False)
        )
    return ids


def _in_batches(change: Callable[[int], int]) -> int:
    """Change batch after batch, until none is left; answers how many were changed."""
    changed = 0
    while batch := change(BATCH):
        changed += batch
        time.sleep(PAUSE)
    return changed


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


def _on_pool(work: Callable[[], None]) -> Future[None] | None:
    """Hand work to the pool; when it is full, the session comes due again."""
    try:
        return parts().pool.run(work)
    except PoolFull:
        current_app.logger.info("the gateway pool is full; a session waits for its next turn")
        return None
