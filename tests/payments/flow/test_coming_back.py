"""Somebody comes back to a payment by a link: the gateway is asked whether it is still so, and nothing else happens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import account_binding, next_check, queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.flow import desk, opening, reconciler
from smartcart.rules.outcomes import APPROVED, GATEWAY_ERROR, NOT_CHARGED, PENDING, TIMED_OUT, Outcome
from smartcart.rules.payment_states import State
from smartcart.shop import cart, reorder
from tests.payments.opened import (
    AT_THE_BANK,
    BASE_URL,
    DECLINED,
    begin,
    end_unpaid,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)
from tests.payments.scripted import DOWN, Scripted

LONG_AGO = 60.0


@pytest.fixture
def session(scripted_shop: Flask, gateway: Scripted) -> str:
    """Its last attempt was declined a minute ago, and the gateway says so."""
    session_id = open_session()
    attempt_id = begin(session_id)
    account_binding.store_reference(session_id, gateway.open(queries.standing(session_id).handle, 5.0))
    settle(attempt_id, DECLINED)
    gateway.asked.clear()
    gateway.instead["ask"] = DECLINED
    time_passes(LONG_AGO)
    return session_id


def due_at(session_id: str) -> datetime | None:
    return queries.find(session_id).due_at


def asked(session_id: str) -> int:
    return sum(event.kind is EventKind.ASKED for event in queries.events_of(session_id))


def test_it_comes_due_and_nothing_else_changes(session: str) -> None:
    before = queries.find(session).version
    desk.come_back(session)
    found = queries.find(session)
    assert (found.due_at, found.version, found.state) == (clock.now(), before, State.INTERRUPTED)


@pytest.mark.parametrize("answer", [DECLINED, NOT_CHARGED, PENDING])
def test_the_answer_is_on_record_and_nobody_asks_again(session: str, gateway: Scripted, answer: Outcome) -> None:
    gateway.instead["ask"] = answer
    desk.come_back(session)
    reconciler.reconcile()
    assert gateway.asked == ["ask"]
    assert (asked(session), due_at(session)) == (1, None)
    desk.come_back(session)
    assert due_at(session) is None
    time_passes(31)
    desk.come_back(session)
    assert due_at(session) == clock.now()


def test_who_comes_back_while_it_is_asked_about_begins_no_second_question(session: str, gateway: Scripted) -> None:
    claimed: list[datetime | None] = []

    def ask() -> Outcome:
        claimed.append(due_at(session))
        desk.come_back(session)
        claimed.append(due_at(session))
        return DECLINED

    gateway.instead["ask"] = ask
    desk.come_back(session)
    reconciler.reconcile()
    before, after = claimed
    assert before == after
    assert gateway.asked == ["ask"]
    assert due_at(session) is None


@pytest.mark.parametrize("answer", [DOWN, GATEWAY_ERROR, AT_THE_BANK])
def test_without_an_answer_it_is_asked_about_again_half_a_minute_later(
    session: str, gateway: Scripted, answer: object
) -> None:
    gateway.instead["ask"] = answer
    desk.come_back(session)
    reconciler.reconcile()
    assert (asked(session), due_at(session)) == (0, clock.now() + timedelta(seconds=30))
    gateway.instead["ask"] = NOT_CHARGED
    time_passes(30)
    reconciler.reconcile()
    assert asked(session) == 1


def test_money_that_has_moved_all_the_same_is_written_down(session: str, gateway: Scripted) -> None:
    gateway.instead["ask"] = APPROVED
    desk.come_back(session)
    reconciler.reconcile()
    assert state_of(session) is State.COMPLETED


def test_nobody_is_asked_about_what_never_left_the_house(scripted_shop: Flask, gateway: Scripted) -> None:
    untried = open_session()
    desk.come_back(untried)
    assert due_at(untried) is None
    tried = open_session("bob")
    settle(begin(tried), DECLINED)
    time_passes(LONG_AGO)
    desk.come_back(tried)
    reconciler.reconcile()
    assert (asked(tried), due_at(tried)) == (1, None)
    assert gateway.asked == []


def test_one_that_ended_stays_as_it_is(scripted_shop: Flask, gateway: Scripted) -> None:
    session_id, _ = end_unpaid(State.CANCELLED)
    before = queries.find(session_id).version
    desk.come_back(session_id)
    assert due_at(session_id) is None
    assert reconciler.reconcile() == 0
    assert queries.find(session_id).version == before


@pytest.fixture
def in_the_dark(scripted_shop: Flask) -> str:
    """It was asked about for so long that the next question is minutes away."""
    session_id = open_session()
    settle(begin(session_id), TIMED_OUT)
    for _ in range(8):
        next_check.checked(session_id, "unknown", "reconciler", 5.0)
    time_passes(LONG_AGO)
    return session_id


def test_one_in_the_dark_is_asked_about_sooner_than_in_its_turn(in_the_dark: str) -> None:
    desk.come_back(in_the_dark)
    assert due_at(in_the_dark) == clock.now()


def test_one_whose_turn_is_soon_or_now_is_left_alone(in_the_dark: str) -> None:
    in_its_turn = due_at(in_the_dark)
    assert in_its_turn
    time_passes((in_its_turn - clock.now()).total_seconds() - 20)
    desk.come_back(in_the_dark)
    assert due_at(in_the_dark) == in_its_turn


def test_an_attempt_that_is_under_way_has_its_time(scripted_shop: Flask) -> None:
    session_id = open_session()
    begin(session_id)
    deadline = due_at(session_id)
    desk.come_back(session_id)
    assert due_at(session_id) == deadline


def test_two_that_order_again_at_once_make_one_order(scripted_shop: Flask) -> None:
    session_id, _ = end_unpaid(State.CANCELLED, quantity=2)
    shown = reorder.offer(order_of(session_id)).cart.sum

    def press(_: int) -> str:
        with scripted_shop.app_context():
            return opening.order_again(
                session_id, BASE_URL, "recovery link", opening.AgreedAgain(shown, second=False, editions="")
            )

    with ThreadPoolExecutor(4) as pool:
        new = set(pool.map(press, range(4)))
    assert len(new) == 1
    assert queries.find(session_id).state is State.CANCELLED
    assert new == {opening.ordered_again(session_id)}
    assert stock_left() == 3


def test_what_is_ordered_again_lies_in_no_cart_any_more(scripted_shop: Flask) -> None:
    session_id, _ = end_unpaid(State.EXPIRED)
    order = order_of(session_id)
    assert cart.cart_of(order.shopper).lines
    agreed = opening.AgreedAgain(reorder.offer(order).cart.sum, second=False, editions="")
    opening.order_again(session_id, BASE_URL, "recovery link", agreed)
    assert not cart.cart_of(order.shopper).lines
