"""Money that moves after a session has ended is never lost: it pays the order, or it is given back."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from smartcart import clock
from smartcart.payments.core import queries, record
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.refusals import AlreadyPaid, NothingToReturn
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import ENDED_UNPAID, Move, State
from smartcart.shop.models import OrderStatus
from tests.payments.opened import (
    DECLINED,
    begin,
    end_unpaid,
    fill_cart,
    make_refund,
    open_again,
    open_for_merchant,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)

pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.mark.parametrize("state", sorted(ENDED_UNPAID))
def test_money_that_moved_all_the_same_pays_the_order_and_takes_its_stock_again(state: State) -> None:
    session_id, attempt_id = end_unpaid(state, quantity=2)
    session = settle(attempt_id, APPROVED)
    assert (session.state, session.refund_due) == (State.COMPLETED, False)
    assert order_of(session_id).status is OrderStatus.PAID
    assert stock_left() == 3


@pytest.mark.parametrize("state", sorted(ENDED_UNPAID))
def test_money_for_what_is_sold_out_meanwhile_is_given_back(state: State) -> None:
    session_id, attempt_id = end_unpaid(state, stock=1)
    open_session("somebody quicker")
    session = settle(attempt_id, APPROVED)
    assert (session.state, session.refund_due) == (State.COMPLETED, True)
    [refund] = transitions.of_session(session_id)
    assert (refund.amount, refund.state, refund.due_at) == (4200, RefundState.REQUESTED, clock.now())
    assert make_refund(session_id).state is State.REFUNDED
    assert order_of(session_id).status is OrderStatus.UNPAID
    assert stock_left() == 0


def test_of_an_order_that_can_be_fulfilled_in_part_nothing_stays_held() -> None:
    fill_cart(stock=5)
    fill_cart("somebody quicker", slug="last-cup", stock=1)
    fill_cart(slug="last-cup")
    session_id = open_session()
    attempt_id = begin(session_id)
    settle(attempt_id, DECLINED)
    record.end(session_id, Move.CANCEL, "shopper")
    open_session("somebody quicker", slug="last-cup")
    assert settle(attempt_id, APPROVED).refund_due
    assert (stock_left(), stock_left("last-cup")) == (5, 0)


def test_of_an_order_only_the_first_payment_is_kept() -> None:
    session_id, attempt_id = end_unpaid(State.EXPIRED, stock=1)
    second = open_again(order_of(session_id).id)
    settle(begin(second), APPROVED)
    assert settle(attempt_id, APPROVED).refund_due
    make_refund(session_id)
    assert (state_of(second), order_of(second).status) == (State.COMPLETED, OrderStatus.PAID)
    assert stock_left() == 0


def test_of_a_merchants_order_only_the_first_payment_is_kept() -> None:
    first = open_for_merchant()
    attempt_id = begin(first)
    settle(attempt_id, DECLINED)
    record.end(first, Move.CANCEL, "merchant")
    second = open_for_merchant()
    assert not settle(begin(second), APPROVED).refund_due
    assert settle(attempt_id, APPROVED).refund_due


@pytest.mark.parametrize("open_first", [open_session, open_for_merchant])
def test_late_money_does_not_revive_an_order_whose_money_was_given_back(open_first: Callable[[], str]) -> None:
    first = open_first()
    attempt_id = begin(first)
    settle(attempt_id, DECLINED)
    record.end(first, Move.CANCEL, "merchant")
    order = queries.find(first).order_id
    second = open_again(order) if order else open_for_merchant()
    settle(begin(second), APPROVED)
    assert make_refund(second).state is State.REFUNDED
    assert settle(attempt_id, APPROVED).refund_due
    assert make_refund(first).state is State.REFUNDED


def test_an_order_paid_by_a_late_approval_cannot_be_paid_again() -> None:
    session_id, attempt_id = end_unpaid(State.EXPIRED)
    second = open_again(order_of(session_id).id)
    settle(attempt_id, APPROVED)
    with pytest.raises(AlreadyPaid):
        begin(second)
    with pytest.raises(AlreadyPaid):
        open_again(order_of(session_id).id)
    time_passes(900)
    record.end(second, Move.EXPIRE, "clock")
    assert order_of(session_id).status is OrderStatus.PAID
    assert stock_left() == 4


def test_a_late_approval_does_not_revive_what_was_given_back() -> None:
    session_id, attempt_id = end_unpaid(State.EXPIRED, stock=1)
    open_session("somebody quicker")
    settle(attempt_id, APPROVED)
    make_refund(session_id)
    settle(attempt_id, APPROVED)
    assert state_of(session_id) is State.REFUNDED
    assert stock_left() == 0


def test_only_what_is_paid_can_be_given_back() -> None:
    session_id, _ = end_unpaid(State.CANCELLED)
    with pytest.raises(NothingToReturn):
        make_refund(session_id)
    assert state_of(session_id) is State.CANCELLED


def test_the_page_of_money_that_is_being_returned_goes_on_asking(client: FlaskClient) -> None:
    session_id, attempt_id = end_unpaid(State.EXPIRED, stock=1)
    open_session("somebody quicker")
    settle(attempt_id, APPROVED)
    page = client.get(f"/pay/{session_id}").text
    assert 'data-money="taken"' in page
    assert "Your money is being returned" in page
    assert f'hx-get="/pay/{session_id}/status' in page


def test_a_merchants_order_paid_by_a_late_approval_is_not_opened_again() -> None:
    first = open_for_merchant()
    attempt_id = begin(first)
    settle(attempt_id, DECLINED)
    record.end(first, Move.CANCEL, "merchant")
    open_for_merchant()
    settle(attempt_id, APPROVED)
    with pytest.raises(AlreadyPaid):
        open_for_merchant()
