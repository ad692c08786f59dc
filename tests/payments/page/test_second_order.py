"""Two orders of the same things, both open: to pay one when the other is paid, or may be, takes another press."""

import re

import pytest
from flask import Flask

from smartcart.payments.core import queries
from smartcart.payments.core.refusals import OrderedBeside
from smartcart.payments.page import recovery_links
from smartcart.rules.payment_states import State
from tests.payments.opened import order_of
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

ASKS = 'data-testid="second-order"'
AGAIN = re.compile(r'name="again" value="([^"]*)"')


def state_of(session: str) -> State:
    return queries.find(session).state


@pytest.fixture
def open_one(shopper: Shopper) -> str:
    """An order that is not paid yet, beside which the same was ordered without a question."""
    return shopper.order()


@pytest.fixture
def other(shopper: Shopper, open_one: str) -> str:
    return shopper.order()


@pytest.fixture
def paid(shopper: Shopper, other: str) -> str:
    shopper.pay(other)
    wait_for(lambda: state_of(other) is State.COMPLETED)
    return other


@pytest.fixture
def in_the_dark(shopper: Shopper, other: str) -> str:
    shopper.pay(other, "sandbox_timeout_charged")
    wait_for(lambda: state_of(other) is State.CHECKING)
    return other


def test_as_long_as_neither_was_tried_nothing_is_asked(shopper: Shopper, open_one: str, other: str) -> None:
    for session in (open_one, other):
        assert ASKS not in shopper.get(f"/pay/{session}").text


def test_the_page_says_that_the_same_was_paid_and_leads_there(shopper: Shopper, open_one: str, paid: str) -> None:
    page = shopper.get(f"/pay/{open_one}").text
    assert "You have paid €42.00 for the same already." in page
    assert f'<a href="/pay/{paid}">See order {order_of(paid).number}</a>' in page
    assert "Pay €42.00 for it a second time" in page


def test_a_press_from_a_page_that_did_not_know_yet_charges_nothing(shopper: Shopper, open_one: str, paid: str) -> None:
    shopper.pay(open_one)
    assert state_of(open_one) is State.CREATED
    assert queries.attempts_of(open_one) == []


def test_it_is_answered_with_the_question(shopper: Shopper, open_one: str, in_the_dark: str) -> None:
    answer = shopper.pay(open_one)
    page = shopper.get(answer.location).text
    assert OrderedBeside.detail in page
    assert "know yet whether €42.00 were taken for another order of these things" in page
    assert AGAIN.findall(page) == [in_the_dark]


def test_the_press_that_means_it_pays_and_it_is_not_asked_once_more(shopper: Shopper, open_one: str, paid: str) -> None:
    [agreed] = AGAIN.findall(shopper.get(f"/pay/{open_one}").text)
    shopper.pay(open_one, "sandbox_decline", again=agreed)
    wait_for(lambda: state_of(open_one) is State.INTERRUPTED)
    assert ASKS not in shopper.get(f"/pay/{open_one}").text
    shopper.pay(open_one)
    wait_for(lambda: state_of(open_one) is State.COMPLETED)


@pytest.mark.parametrize("agreed", ["yes", "another-session", "\0"])
def test_a_press_that_means_something_else_is_asked_again(
    shopper: Shopper, open_one: str, paid: str, agreed: str
) -> None:
    shopper.pay(open_one, again=agreed)
    assert state_of(open_one) is State.CREATED
    assert queries.attempts_of(open_one) == []


def test_who_said_so_at_checkout_is_not_asked_again(shopper: Shopper) -> None:
    first = shopper.order()
    shopper.pay(first)
    wait_for(lambda: state_of(first) is State.COMPLETED)
    second = shopper.order()
    assert ASKS not in shopper.get(f"/pay/{second}").text
    shopper.pay(second)
    wait_for(lambda: state_of(second) is State.COMPLETED)


def test_nobody_else_is_told_of_the_other_order(app: Flask, shopper: Shopper, open_one: str, paid: str) -> None:
    stranger = Shopper(app.test_client())
    by_link = recovery_links.address(open_one, "", order_of(open_one).placed_at)
    for path in (f"/pay/{open_one}", by_link):
        page = stranger.get(path).text
        assert ASKS not in page
        assert paid not in page
