"""Comes back for whatever was left in the dark: asks the gateway, settles it, retries, closes, expires, refunds.

Every job may run in many processes at once: what is due is claimed from the work queue.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import current_app
from sqlalchemy import ColumnElement, Select, select, update

from smartcart import clock, work_queue
from smartcart.database.session import db, writing
from smartcart.payments.core import audit_trail, expiry, gateway_accounts, holds, next_check, record, weather
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.queries import duty, find, standing
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.refusals import (
    BegunElsewhere,
    CardRefused,
    GatewayOut,
    Refused,
    RefusedByShop,
    SlowDown,
    UnknownMethod,
)
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Payer
from smartcart.payments.flow import desk, gateway_calls
from smartcart.payments.refunds import calls as refund_calls
from smartcart.rules import patience
from smartcart.rules.outcomes import CRASHED, WAITED_TOO_LONG
from smartcart.rules.patience import Duty
from smartcart.rules.payment_states import AT_REST, Move, State
from smartcart.work_queue import Kind, WorkQueue

Run = Callable[[Callable[[], object]], Future[None] | None]

ACTOR = "reconciler"
# By which move, and who does it.
ENDS = {Duty.CANCEL: (Move.CANCEL, ACTOR), Duty.EXPIRE: (Move.EXPIRE, "clock")}
# A batch holds the writers of the shop up: each session takes 0.6 ms on SQLite and 0.9 at PostgreSQL, on a machine at
# which a page of bare Flask takes 0.35. The pause (seconds) lets those go first who wait.
BATCH = 40
PAUSE = 0.01


def reconcile(queue: WorkQueue | None = None) -> int:
    """Look after all that is due in a queue, or the sessions and refunds, until nothing is left; returns how many."""
    return (queue or WorkQueue(sessions(), refunds())).finish(runtime().settings.reconcile_interval)


def retry() -> int:
    """Start the automatic retries whose delay is over; returns how many. They cannot wait for the other round."""
    settings, pool = runtime().settings, runtime().pool
    at_once = max(1, settings.gateway_threads // 2)  # the other half stays free for shoppers
    delayed = replace(
        sessions(PaymentSession.retry_at.is_not(None)),
        room=lambda: at_once if pool.lets_retry else 0,
        lease=settings.retry_delay,
        ahead=1,
    )
    return WorkQueue(delayed).begin_due()


def sessions(*which: ColumnElement[bool], run: Run | None = None) -> Kind:
    """Sessions that are due, those of merchants in turn. Their questions go on in the pool, or as `run` has it."""
    return Kind(
        PaymentSession,
        lambda claim: attend(claim.id, run),
        room=room_of(run),
        lease=runtime().lease,
        longest=runtime().longest_wait,
        which=which,
        group=PaymentSession.merchant,
        ahead=1 if run else 2 * runtime().settings.gateway_threads,
        early=_put_off_by_silence,
    )


def refunds(*which: ColumnElement[bool], run: Run | None = None) -> Kind:
    """Refunds that are due; the gateway is asked in the pool, or as `run` has it."""
    return Kind(
        Refund,
        lambda claim: (run or on_pool)(partial(refund_calls.make, claim.id, ACTOR, is_in_turn=True)),
        room=room_of(run),
        lease=runtime().lease,
        longest=patience.LOOK_PENDING,
        which=which,
    )


def probe() -> int:
    """While the gateway is silent or out: ask whether it is back, of the session that is the next to be asked about, or
    else of the one that was tried last; returns how many were."""
    is_out = runtime().weather.is_out
    if not (runtime().pace.is_silent or is_out):
        return 0
    # One that was not asked about yet has its first question soon, and in its time.
    waits = PaymentSession.state == State.CHECKING, PaymentSession.looks > 0, _is_here()
    in_the_dark = select(PaymentSession.id).where(*waits)
    next_one = db.session.scalar(in_the_dark.order_by(PaymentSession.due_at).limit(1))
    if is_out:
        next_one = next_one or db.session.scalar(_last_sent())
        if next_one is None or not weather.claim_probe(next_one):
            return 0
    return int(next_one is not None and on_pool(partial(gateway_calls.probe, next_one, ACTOR)) is not None)


def _last_sent() -> Select[str]:
    """The session whose attempt left the house last: to ask about it changes nothing, and is always possible."""
    sent = select(Attempt.session_id).join(Attempt.session).where(Attempt.send_by.is_(None), _is_here())
    return sent.order_by(Attempt.id.desc()).limit(1)


def sweep() -> int:
    """Expire the sessions that are out of time; returns how many. Those that were tried come due for the reconciler."""
    _in_batches(expiry.wake_tried)
    return _in_batches(expiry.expire_untried)


def mind_start(*others: Kind) -> int:
    """After a start: a clock that was set back while nobody worked has left lines in the trail that are yet to come.

    Only then is anything due sooner: a shop that starts over and over would ask the gateway each time.
    """
    was_ahead = patience.was_ahead(audit_trail.latest_moment(), clock.now())
    return clock_was_set_back(*others) if was_ahead else 0


def clock_was_set_back(*others: Kind) -> int:
    """What was to be due soon is far off now: let it be due at once, but for attempts, which have their time anew."""
    now, under_way = clock.now(), PaymentSession.state == State.PROCESSING
    delayed = update(PaymentSession).where(PaymentSession.retry_at > now).values(retry_at=now)
    with writing():
        db.session.execute(delayed.execution_options(synchronize_session=False))
        attempts = work_queue.bring_forward(sessions(under_way), within=runtime().lease)
        return attempts + sum(map(work_queue.bring_forward, (sessions(~under_way), refunds(), *others)))


def _put_off_by_silence() -> ColumnElement[bool] | None:
    """The sessions that wait longer than they need to: asked about before a gateway that was silent came back.

    None once each of them has had its turn.
    """
    back_at, in_the_dark = runtime().pace.back_at, PaymentSession.state == State.CHECKING
    if back_at is None or clock.now() > back_at + timedelta(seconds=patience.LONGEST_LOOK):
        return None
    return next_check.asked_before(back_at, runtime().settings.reconcile_interval) & in_the_dark & _is_here()


def _is_here() -> ColumnElement[bool]:
    return gateway_accounts.of_here(PaymentSession.account, PaymentSession.gateway)


def attend(session_id: str, run: Run | None = None) -> Future[None] | None:
    """Do what is to be done for one session now; what needs the gateway goes on in the pool, or as `run` has it."""
    run = run or on_pool
    match duty(session_id):
        case Duty.DECLARE_UNANSWERED:
            _declare_unanswered(session_id)
        case Duty.ASK:
            return run(partial(gateway_calls.ask, session_id, ACTOR, is_in_turn=True))
        case Duty.ABANDON:
            record.abandon(session_id, ACTOR, runtime().plan())
            return run(partial(gateway_calls.ask, session_id, ACTOR, is_in_turn=True))
        case Duty.ASK_AGAIN:
            return run(partial(gateway_calls.ask_again, session_id, ACTOR))
        case Duty.RETRY:
            _retry(find(session_id))
        case Duty.WAIT_FOR_OWNER:
            holds.look(session_id)
        case (Duty.CANCEL | Duty.EXPIRE) as ending:
            return run(partial(gateway_calls.close, session_id, *ENDS[ending], is_in_turn=True))
    return None


def attend_overlooked(session: PaymentSession) -> None:
    """Look after a session that nobody does, as where no timetable runs, when somebody asks how it stands.

    One that is out of time, too, whether or not the sweep has come by. That goes on in the pool, and is begun once,
    however many ask: a look changes nothing by itself, and shows how the session stands also while nothing can be
    written, and while the gateway hangs.
    """
    if session.state in AT_REST and session.expired(clock.now()) and session.due_at in (None, session.retry_at):
        on_pool(partial(_run_out, session.id))
    long_ago = patience.overlooked_since(runtime().settings.reconcile_interval, clock.now())
    its_refunds = refunds(Refund.session_id == session.id, Refund.due_at <= long_ago, run=in_place)
    if session.due_at is not None and session.due_at <= long_ago:
        on_pool(partial(_attend_in_place, session.id))
    if session.returning and work_queue.is_any_due(its_refunds):
        on_pool(WorkQueue(its_refunds).begin_due)


def _run_out(session_id: str) -> None:
    next_check.run_out(session_id)
    _attend_in_place(session_id)


def _attend_in_place(session_id: str) -> None:
    WorkQueue(sessions(PaymentSession.id == session_id, run=in_place)).begin_due()


def _in_batches(change: Callable[[int], int]) -> int:
    """Change batch after batch, until none is left; returns how many were changed."""
    changed = 0
    while batch := change(BATCH):
        changed += batch
        time.sleep(PAUSE)
    return changed


def _declare_unanswered(session_id: str) -> None:
    """The attempt is past its deadline and nobody wrote an answer: whoever was to make the call, or made it, is gone.

    What still waits to be sent provably charges nothing.
    """
    known = standing(session_id)
    if known.attempt_id is not None:
        outcome = WAITED_TOO_LONG if known.waits else CRASHED
        record.settle(known.attempt_id, outcome, ACTOR, runtime().plan())


def _retry(session: PaymentSession) -> None:
    try:
        desk.pay(session.id, session.method, record.AUTOMATIC_RETRY, Payer(session.owner), session.keep_method)
    except (UnknownMethod, CardRefused, BegunElsewhere, GatewayOut, RefusedByShop, SlowDown):
        next_check.retry_no_more(session.id)
    except Refused as refusal:
        current_app.logger.info(
            "no automatic retry of payment session %s, order %s: %s", session.id, session.order_reference, refusal.code
        )


def room_of(run: Run | None) -> Callable[[], int]:
    """How much more may be begun: as the pool has threads and the gateway answers, or one after the other."""
    pool, pace = runtime().pool, runtime().pace
    return (lambda: int(not pool.is_closed)) if run is in_place else (lambda: min(pool.room, pace.room))


def in_place(work: Callable[[], object]) -> None:
    """On a thread of the pool already: another may not be free."""
    work()


def on_pool(work: Callable[[], object]) -> Future[None] | None:
    """Hand work to the pool; when it is full, what the work is for comes due again."""
    pace = runtime().pace
    era = pace.begin()
    under_way = runtime().pool.run(work)
    if under_way is not None:
        under_way.add_done_callback(lambda _: pace.end(era))
    else:
        pace.end(era)
        current_app.logger.info("the gateway pool is full; a session waits for its next turn")
    return under_way
