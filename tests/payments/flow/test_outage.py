"""A gateway that is out of reach ends no order: an attempt that never reached it gives its number back."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from smartcart.gateways.protocol import GatewayError
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import AttemptsUsedUp
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.rules.outcomes import NEVER_SENT, UNREACHABLE, Outcome, OutcomeKind
from smartcart.rules.payment_states import State
from smartcart.shop.models import OrderStatus
from tests.payments.opened import (
    DECLINED,
    begin,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
    write_down,
)
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# Numbers of attempts are counted by the record, which its own tests hold on both databases.
pytestmark = [pytest.mark.usefixtures("scripted_shop"), ON_SQLITE]


def never_sent(session_id: str) -> PaymentSession:
    settle(begin(session_id), NEVER_SENT)
    return queries.find(session_id)


def numbers(session: PaymentSession) -> tuple[int, int, int]:
    return session.attempts, session.max_attempts, session.unsent


@pytest.fixture
def out_of_reach(gateway: Scripted) -> Iterator[None]:
    gateway.instead["open"] = GatewayError("no connection", NEVER_SENT)
    yield
    gateway.instead.clear()


def test_an_attempt_that_never_reached_the_gateway_gives_its_number_back() -> None:
    session_id = open_session()
    for number in range(1, 6):
        session = never_sent(session_id)
        assert numbers(session) == (number, 3 + number, number)
        assert (session.state, session.attempts_left) == (State.INTERRUPTED, 3)
    for number in range(3):
        settle(begin(session_id), DECLINED, closed=number == 2)
    assert state_of(session_id) is State.FAILED
    assert numbers(queries.find(session_id)) == (8, 8, 5)


@pytest.mark.parametrize("outcome", [UNREACHABLE, DECLINED, Outcome(OutcomeKind.UNKNOWN, was_never_sent=True)])
def test_whatever_may_have_reached_the_gateway_counts(outcome: Outcome) -> None:
    session_id = open_session()
    settle(begin(session_id), outcome)
    assert numbers(queries.find(session_id)) == (1, 3, 0)


def test_the_last_attempt_never_sent_does_not_fail_the_payment(gateway: Scripted) -> None:
    session_id = open_session()
    for _ in range(2):
        settle(begin(session_id), DECLINED)
    charge = write_down(session_id, "sandbox_unreachable")
    gateway_calls.charge(charge)
    session = queries.find(session_id)
    assert (session.state, *numbers(session)) == (State.INTERRUPTED, 3, 4, 1)
    assert "close" not in gateway.asked
    assert order_of(session_id).status is OrderStatus.OPEN
    assert stock_left() == 4


def test_twelve_numbers_are_all_there_are_and_the_order_stays_held() -> None:
    session_id = open_session()
    for _ in range(12):
        session = never_sent(session_id)
    assert (session.state, *numbers(session)) == (State.INTERRUPTED, 12, 12, 12)
    with pytest.raises(AttemptsUsedUp):
        begin(session_id)
    assert order_of(session_id).status is OrderStatus.OPEN
    time_passes(900)
    reconciler.sweep()
    reconciler.reconcile()
    wait_for(lambda: state_of(session_id) is State.EXPIRED)


def test_by_itself_it_is_tried_three_times_in_a_row(out_of_reach: None) -> None:
    session_id = open_session()
    desk.pay(session_id, "sandbox_approve", "shopper")
    for number in range(1, 5):
        wait_for(lambda number=number: queries.find(session_id).unsent == number)
        time_passes(60)
        reconciler.retry()
    session = queries.find(session_id)
    assert (session.state, session.retry_at, *numbers(session)) == (State.INTERRUPTED, None, 4, 7, 4)


def test_who_presses_pay_again_has_three_more_tries_by_itself(out_of_reach: None) -> None:
    session_id = open_session()
    for _ in range(4):
        assert never_sent(session_id).retries <= 1
    desk.pay(session_id, "sandbox_approve", "shopper")
    wait_for(lambda: queries.find(session_id).unsent == 5)
    session = queries.find(session_id)
    assert session.retries == 1
    assert session.retry_at is not None


def test_once_the_gateway_is_back_the_payment_is_made(gateway: Scripted) -> None:
    session_id = open_session()
    gateway.instead["open"] = GatewayError("no connection", NEVER_SENT)
    desk.pay(session_id, "sandbox_approve", "shopper")
    wait_for(lambda: queries.find(session_id).unsent == 1)
    gateway.instead.clear()
    time_passes(10)
    reconciler.retry()
    wait_for(lambda: state_of(session_id) is State.COMPLETED)
    assert numbers(queries.find(session_id)) == (2, 4, 1)


def test_the_counter_says_it_in_words(scripted_shop: Flask) -> None:
    session_id = open_session()
    shopper = Shopper(scripted_shop.test_client())

    def page() -> Any:
        return shopper.get(f"/pay/{session_id}").text

    never_sent(session_id)
    assert "Attempt 1 of 4: one of them did not reach the payment service and does not count" in page()
    never_sent(session_id)
    assert "Attempt 2 of 5: 2 of them did not reach the payment service and do not count" in page()
    assert 'data-testid="retry"' in page()
    for _ in range(10):
        never_sent(session_id)
    assert "this payment cannot be tried again" in page()
    assert 'data-testid="retry"' not in page()
    assert 'data-testid="cancel"' in page()
