"""Somebody comes back for whatever was left: when it is due, once, and again if whoever came has died."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock, work_queue
from smartcart.database.session import db, writing
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls, reconciler
from smartcart.rules.outcomes import APPROVED, UNREACHABLE, Interruption
from smartcart.rules.payment_states import Move, State
from tests.payments.core.test_races import together
from tests.payments.opened import (
    DECLINED,
    MERCHANT,
    NOW,
    begin,
    open_for_merchant,
    open_session,
    settle,
    state_of,
    stock_left,
    time_passes,
    write_down,
)
from tests.payments.scripted import DOWN, Scripted
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")


def reach(session_id: str, state: State) -> PaymentSession:
    wait_for(lambda: state_of(session_id) is state)
    return queries.find(session_id)


def pay(session_id: str, method: str) -> None:
    gateway_calls.charge(write_down(session_id, method))


def test_nobody_comes_before_it_is_due() -> None:
    begin(open_session())
    time_passes(30.9)
    assert reconciler.reconcile() == 0


def test_an_attempt_that_nobody_answered_is_given_up_and_looked_into() -> None:
    session_id = open_session()
    begin(session_id)
    time_passes(31)
    assert reconciler.reconcile() == 1
    session = queries.find(session_id)
    assert (session.state, session.interruption) == (State.CHECKING, Interruption.CRASH)
    time_passes(2)
    reconciler.reconcile()
    reach(session_id, State.INTERRUPTED)


def test_a_charge_left_in_the_dark_is_found() -> None:
    session_id = open_session()
    pay(session_id, "sandbox_lost_reply")
    time_passes(2)
    reconciler.reconcile()
    reach(session_id, State.COMPLETED)


def test_of_two_reconcilers_at_once_one_comes(scripted_shop: Flask) -> None:
    for number in range(3):
        pay(open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")), "sandbox_timeout")
    time_passes(2)
    assert sum(together(scripted_shop, *[reconciler.reconcile] * 2)) == 3


def test_who_died_on_the_way_is_replaced(gateway: Scripted) -> None:
    session_id = open_session()
    pay(session_id, "sandbox_lost_reply")
    time_passes(2)
    [claim] = work_queue.claim_due(reconciler.sessions(), 8)
    assert claim.id == session_id
    assert reconciler.reconcile() == 0
    time_passes(31)
    reconciler.reconcile()
    reach(session_id, State.COMPLETED)


def test_a_question_that_fails_is_asked_again_later(gateway: Scripted) -> None:
    session_id = open_session()
    pay(session_id, "sandbox_lost_reply")
    gateway.instead["ask"] = DOWN
    time_passes(2)
    reconciler.reconcile()
    wait_for(lambda: queries.find(session_id).looks == 1)
    gateway.instead.clear()
    time_passes(5)
    reconciler.reconcile()
    reach(session_id, State.COMPLETED)


def test_a_full_pool_leaves_a_session_for_its_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = open_session()
    pay(session_id, "sandbox_lost_reply")
    time_passes(2)
    with monkeypatch.context() as busy:
        busy.setattr(runtime().pool, "_threads", 0)
        reconciler.reconcile()
    assert state_of(session_id) is State.CHECKING
    reconciler.reconcile()
    reach(session_id, State.COMPLETED)


def test_an_automatic_retry_comes_at_its_time_with_the_same_method() -> None:
    session_id = open_session()
    settle(begin(session_id, "sandbox_unreachable_once"), UNREACHABLE)
    time_passes(1.9)
    assert reconciler.retry() == 0
    time_passes(0.1)
    assert reconciler.retry() == 1
    reach(session_id, State.COMPLETED)
    second = queries.attempts_of(session_id)[1]
    assert (second.number, second.method) == (2, "sandbox_unreachable_once")


def test_no_retry_comes_when_time_is_over() -> None:
    session_id = open_session()
    time_passes(899)
    settle(begin(session_id), UNREACHABLE)
    time_passes(10)
    reconciler.retry()
    reach(session_id, State.EXPIRED)
    assert len(queries.attempts_of(session_id)) == 1


def test_what_was_never_tried_expires_without_asking_anybody(gateway: Scripted) -> None:
    session_ids = [open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")) for number in range(3)]
    time_passes(900)
    assert reconciler.sweep() == 3
    assert {state_of(session_id) for session_id in session_ids} == {State.EXPIRED}
    assert gateway.asked == []


def test_what_was_tried_expires_when_its_reference_is_closed(gateway: Scripted) -> None:
    session_id = open_session()
    pay(session_id, "sandbox_decline")
    time_passes(900)
    reconciler.sweep()
    assert state_of(session_id) is State.INTERRUPTED
    reconciler.reconcile()
    session = reach(session_id, State.EXPIRED)
    assert gateway.ledger.is_closed(session.reference or "")
    assert stock_left() == 5


def test_nothing_expires_early() -> None:
    session_id = open_session()
    time_passes(899.9)
    assert reconciler.sweep() == 0
    assert state_of(session_id) is State.CREATED


def test_who_stays_at_the_bank_for_too_long_is_not_waited_for() -> None:
    session_id = open_session()
    pay(session_id, "sandbox_challenge")
    time_passes(1500)
    reconciler.reconcile()
    wait_for(lambda: state_of(session_id) is State.INTERRUPTED)
    reconciler.sweep()
    reconciler.reconcile()
    reach(session_id, State.EXPIRED)


@pytest.mark.parametrize("method", ["sandbox_decline", "sandbox_timeout", "sandbox_challenge"])
def test_a_wish_to_cancel_is_carried_out_though_whoever_heard_it_died(method: str) -> None:
    session_id = open_session()
    pay(session_id, method)
    record.request_cancel(session_id, "shopper", "")
    time_passes(2)
    reconciler.reconcile()
    reach(session_id, State.CANCELLED)


def test_money_for_what_cannot_be_delivered_is_given_back(gateway: Scripted) -> None:
    session_id = open_session(stock=1)
    declined = write_down(session_id, "sandbox_decline")
    gateway_calls.charge(declined)
    reference = queries.find(session_id).reference or ""
    record.end(session_id, Move.CANCEL, "shopper")
    open_session("somebody quicker")
    again = replace(declined.request, reference=reference, method="sandbox_approve", attempt=2)
    gateway.charge(again)  # although it was to be closed
    settle(declined.attempt_id, APPROVED)
    reconciler.reconcile()
    reach(session_id, State.REFUNDED)
    assert [charge.status for charge in gateway.charges()] == ["refunded"]


def test_a_session_at_rest_is_nobodys_business() -> None:
    session_id = open_session()
    settle(begin(session_id), DECLINED)
    time_passes(100)
    assert (reconciler.reconcile(), reconciler.retry(), reconciler.sweep()) == (0, 0, 0)


@pytest.mark.parametrize("off", [601, 3600, 2 * 86_400])
def test_what_is_due_farther_off_than_any_wait_is_due_now(off: float) -> None:
    session_id = open_session()
    pay(session_id, "sandbox_lost_reply")
    _put_off(session_id, off)
    assert reconciler.reconcile() == 1
    reach(session_id, State.COMPLETED)


def test_a_retry_that_a_wrong_clock_put_off_comes_now() -> None:
    session_id = open_session()
    settle(begin(session_id, "sandbox_unreachable_once"), UNREACHABLE)
    _put_off(session_id, 2 * 86_400)
    assert reconciler.retry() == 1
    reach(session_id, State.COMPLETED)


def test_when_the_clock_was_set_back_a_little_what_was_to_be_due_soon_is_due_at_once() -> None:
    session_id, at_work = open_session(), open_session("grace")
    pay(session_id, "sandbox_lost_reply")
    begin(at_work)
    _put_off(session_id, 300)
    _put_off(at_work, 300)
    assert reconciler.reconcile() == 0
    assert reconciler.clock_was_set_back() == 2
    assert reconciler.reconcile() == 1
    reach(session_id, State.COMPLETED)
    assert queries.find(at_work).due_at == clock.now() + timedelta(seconds=31)


@pytest.mark.parametrize(("ahead", "is_due"), [(300, True), (0, False)])
def test_after_a_start_what_a_clock_put_off_that_was_ahead_is_due_at_once_and_all_else_keeps_its_time(
    ahead: float, is_due: bool
) -> None:
    session_id = open_session()
    clock.freeze(NOW + timedelta(seconds=ahead))
    pay(session_id, "sandbox_lost_reply")
    _put_off(session_id, 300)
    clock.freeze(NOW)
    assert reconciler.mind_start() == is_due
    assert reconciler.reconcile() == is_due


def test_after_a_first_start_there_is_nothing_to_mind() -> None:
    assert reconciler.mind_start() == 0


def _put_off(session_id: str, seconds: float) -> None:
    """As a clock does that is ahead by so many seconds."""
    moment = clock.now() + timedelta(seconds=seconds)
    with writing():
        session = db.session.get_one(PaymentSession, session_id)
        session.due_at = moment
        session.retry_at = moment if session.retry_at else None
