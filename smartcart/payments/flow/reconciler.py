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
from sqlalchemy import ColumnElement, or_, select, update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import expiry, next_check, record
from smartcart.payments.core.gateway_pool import PoolFull
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import find, standing
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.refusals import BegunElsewhere, CardRefused, Refused, UnknownMethod
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls
from smartcart.payments.gateway_events.models import GatewayEvent
from smartcart.payments.refunds import calls as refunds
from smartcart.rules import patience
from smartcart.rules.outcomes import CRASHED
from smartcart.rules.patience import Duty
from smartcart.rules.payment_states import AT_REST, Move, State

Due = PaymentSession | Refund | GatewayEvent
Attend = Callable[[str], Future[None] | None]
Run = Callable[[Callable[[], object]], Future[None] | None]

ACTOR = "reconciler"
# A batch of 100 holds the writers of the shop up for about 15 ms, and the pause (seconds) lets those go first who wait.
BATCH = 100
PAUSE = 0.01


def reconcile() -> int:
    """Look after the sessions and the refunds that are due, until none is left; returns how many."""
    lease = runtime().lease
    return _attend_all_due(PaymentSession, attend, lease) + _attend_all_due(Refund, _give_back, lease)


def retry() -> int:
    """Start the automatic retries whose delay is over; returns how many. They cannot wait for the other round."""
    limit = max(1, runtime().settings.gateway_threads // 2)  # the other half stays free for shoppers
    delayed = PaymentSession.retry_at.is_not(None)
    return _attend_all_due(PaymentSession, attend, runtime().settings.retry_delay, delayed, limit=limit)


def sweep() -> int:
    """Expire the sessions that are out of time; returns how many. Those that were tried come due for the reconciler."""
    _in_batches(expiry.wake_tried)
    return _in_batches(expiry.expire_untried)


def clock_was_set_back() -> int:
    """What was to be due soon is far off now: let it be due at once, but for attempts, which have their time anew."""
    now, lease = clock.now(), timedelta(seconds=runtime().lease)
    under_way = PaymentSession.state == State.PROCESSING
    moved = [
        update(PaymentSession).where(PaymentSession.due_at > now, ~under_way).values(due_at=now),
        update(PaymentSession).where(PaymentSession.due_at > now + lease, under_way).values(due_at=now + lease),
        update(PaymentSession).where(PaymentSession.retry_at > now).values(retry_at=now),
        update(Refund).where(Refund.due_at > now).values(due_at=now),
        update(GatewayEvent).where(GatewayEvent.due_at > now).values(due_at=now),
    ]
    with writing():
        changed = [
            db.session.execute(each.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
            for each in moved
        ]
    return sum(changed)


def attend(session_id: str, run: Run | None = None) -> Future[None] | None:
    """Do what is to be done for one session now; what needs the gateway goes on in the pool, or as `run` has it."""
    run, session = run or _on_pool, find(session_id)
    match patience.duty(session.state, session.cancelling, session.retry_at, session.expires_at, clock.now()):
        case Duty.DECLARE_UNANSWERED:
            _declare_unanswered(session_id)
        case Duty.ASK:
            return run(partial(gateway_calls.ask, session_id, ACTOR, is_in_turn=True))
        case Duty.ABANDON:
            record.abandon(session_id, ACTOR, runtime().plan())
            return run(partial(gateway_calls.ask, session_id, ACTOR, is_in_turn=True))
        case Duty.RETRY:
            _retry(session)
        case Duty.CANCEL:
            return run(partial(gateway_calls.close, session_id, Move.CANCEL, ACTOR, is_in_turn=True))
        case Duty.EXPIRE:
            return run(partial(gateway_calls.close, session_id, Move.EXPIRE, "clock", is_in_turn=True))
    return None


def attend_overlooked(session: PaymentSession) -> None:
    """Look after a session that nobody does, as where no timetable runs, when somebody asks how it stands.

    One that is out of time, too, whether or not the sweep has come by. That goes on in the pool, and is begun once,
    however many ask: a look changes nothing by itself, and shows how the session stands also while nothing can be
    written, and while the gateway hangs.
    """
    if session.state in AT_REST and session.expired(clock.now()) and session.due_at in (None, session.retry_at):
        _on_pool(partial(_run_out, session.id))
    long_ago = patience.overlooked_since(runtime().settings.reconcile_interval, clock.now())
    refund = (Refund.session_id == session.id, Refund.due_at <= long_ago)
    if session.due_at is not None and session.due_at <= long_ago:
        _on_pool(partial(_attend_here, session.id))
    if session.returning and _is_any_due(Refund, *refund):
        _on_pool(partial(_attend_all_due, Refund, partial(_give_back, run=_here), runtime().lease, *refund, limit=1))


def _run_out(session_id: str) -> None:
    next_check.run_out(session_id)
    _attend_here(session_id)


def _attend_here(session_id: str) -> None:
    here = partial(attend, run=_here)
    _attend_all_due(PaymentSession, here, runtime().lease, PaymentSession.id == session_id, limit=1)


def _attend_all_due(
    kind: type[Due], attend: Attend, lease: float, *which: ColumnElement[bool], limit: int | None = None
) -> int:
    """Attend to all that is due, `limit` at once, or as many as the pool has room for: no more are claimed."""
    attended, pool = 0, runtime().pool
    # A closed pool would attend to nothing that is claimed.
    while not pool.is_closed and (ids := claim_due(kind, pool.room if limit is None else limit, lease, *which)):
        wait([under_way for due_id in ids if (under_way := attend(due_id)) is not None])
        attended += len(ids)
    return attended


def claim_due(kind: type[Due], limit: int, lease: float, *which: ColumnElement[bool]) -> Sequence[str]:
    """Those whose time has come, taken by this process for `lease` seconds; if it dies, they come due again."""
    if limit <= 0 or not _is_any_due(kind, *which):  # the ordinary case, which costs no write
        return []
    due = select(kind.id).where(is_due(kind), *which)
    with writing():
        ids = db.session.scalars(due.order_by(kind.due_at).limit(limit).with_for_update(skip_locked=True)).all()
        db.session.execute(
            update(kind)
            .where(kind.id.in_(ids))
            .values(due_at=clock.now() + timedelta(seconds=lease))
            .execution_options(synchronize_session=False)
        )
    return ids


def _is_any_due(kind: type[Due], *which: ColumnElement[bool]) -> bool:
    db.session.rollback()  # end an older transaction: it would show an older truth
    return db.session.scalar(select(kind.id).where(is_due(kind), *which).limit(1)) is not None


def is_due(kind: type[Due]) -> ColumnElement[bool]:
    """As `patience.is_due` says it, so that no clock that was wrong keeps anything waiting."""
    now = clock.now()
    longest = patience.LOOK_PENDING if kind is Refund else runtime().longest_wait
    return or_(kind.due_at <= now, kind.due_at > now + timedelta(seconds=longest))


def _in_batches(change: Callable[[int], int]) -> int:
    """Change batch after batch, until none is left; returns how many were changed."""
    changed = 0
    while batch := change(BATCH):
        changed += batch
        time.sleep(PAUSE)
    return changed


def _declare_unanswered(session_id: str) -> None:
    """The attempt is past its deadline and nobody wrote an answer: whoever made the call is gone."""
    known = standing(session_id)
    if known.attempt_id is not None:
        record.settle(known.attempt_id, CRASHED, ACTOR, runtime().plan())


def _give_back(refund_id: str, run: Run | None = None) -> Future[None] | None:
    return (run or _on_pool)(partial(refunds.make, refund_id, ACTOR, is_in_turn=True))


def _retry(session: PaymentSession) -> None:
    try:
        desk.pay(session.id, session.method, record.AUTOMATIC_RETRY, session.owner, session.keep_method)
    except (UnknownMethod, CardRefused, BegunElsewhere):
        record.retry_no_more(session.id)
    except Refused as refusal:
        current_app.logger.info(
            "no automatic retry of payment session %s, order %s: %s", session.id, session.order_reference, refusal.code
        )


def _here(work: Callable[[], object]) -> None:
    """On a thread of the pool already: another may not be free."""
    work()


def _on_pool(work: Callable[[], object]) -> Future[None] | None:
    """Hand work to the pool; when it is full, the session comes due again."""
    try:
        return runtime().pool.run(work)
    except PoolFull:
        current_app.logger.info("the gateway pool is full; a session waits for its next turn")
        return None
