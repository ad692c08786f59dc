"""A second order of the same things, while nobody knows whether the first was paid: asked first, then begun."""

import re
from typing import Any

import pytest
from flask import Flask

from smartcart.database.session import db
from smartcart.payments.core import own_payments, queries
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.flow import desk, opening
from smartcart.shop.models import Order
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

ASKS = 'data-testid="second-order"'
AGAIN = re.compile(r'name="again"\s+value="([^"]*)"')
WHO = {"name": "Ada Lovelace", "email": "ada@example.org"}


@pytest.fixture
def first(shopper: Shopper) -> str:
    """The session of an order of a teapot that is in the dark."""
    session = shopper.order()
    shopper.pay(session, "sandbox_timeout_charged")
    wait_for(lambda: queries.find(session).state == "checking")
    return session


def test_cart_and_checkout_ask_and_lead_to_the_first_payment(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart()
    for path in ("/cart", "/checkout"):
        page = shopper.get(path).text
        assert ASKS in page
        assert "you may pay twice" in page
        assert f'href="/pay/{first}"' in page


def test_without_a_press_that_says_so_no_second_order_is_begun(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart()
    asked = shopper.check_out()
    assert asked.status_code == 409
    assert ASKS in asked.text
    assert "Nothing was ordered yet" in asked.text
    assert 'value="Ada Lovelace"' in asked.text
    assert db.session.query(Order).count() == 1
    assert "Teapot" in shopper.get("/cart").text


def test_the_press_that_says_so_begins_it(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart()
    agreed = AGAIN.findall(shopper.get("/checkout").text)
    assert agreed == [first]
    assert shopper.post("/checkout", {**WHO, "again": agreed[0]}).status_code == 303
    assert db.session.query(Order).count() == 2


@pytest.mark.parametrize("agreed", ["", "yes", "another-session", "\0"])
def test_a_press_that_agreed_to_something_else_is_asked_again(shopper: Shopper, first: str, agreed: str) -> None:
    shopper.put_into_cart()
    assert shopper.post("/checkout", {**WHO, "again": agreed}).status_code == 409
    assert db.session.query(Order).count() == 1


def test_other_things_are_ordered_without_a_question(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart("kettle")
    assert ASKS not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303


def test_one_same_thing_among_others_is_enough_to_ask(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart("kettle")
    shopper.put_into_cart("teapot")
    assert shopper.check_out().status_code == 409


def test_once_it_is_known_nobody_is_asked(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart()
    desk.check(first, "shopper")
    wait_for(lambda: queries.find(first).state == "completed")
    assert ASKS not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303


def test_nobody_else_is_asked(app: Flask, first: str) -> None:
    other = Shopper(app.test_client())
    other.put_into_cart()
    assert other.check_out().status_code == 303


def test_an_answer_that_comes_while_the_page_would_ask_makes_the_question_needless(
    shopper: Shopper, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = opening.place_and_open

    def refuse_and_hear(*wanted: str, **more: Any) -> str:
        try:
            return place(*wanted, **more)
        except opening.SameInTheDark:
            desk.check(first, "shopper")
            wait_for(lambda: queries.find(first).state == "completed")
            raise

    monkeypatch.setattr(opening, "place_and_open", refuse_and_hear)
    shopper.put_into_cart()
    assert shopper.check_out().status_code == 303
    assert db.session.query(Order).count() == 2


def test_an_answer_that_comes_while_the_question_is_written_leaves_it_its_button(
    shopper: Shopper, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looks = own_payments.of_the_same_in_the_dark, []

    def look_and_hear_after_the_second(*wanted: Any) -> list[OwnPayment]:
        looks.append(look(*wanted))
        if len(looks) == 2:  # the first refused the order, the second asks the question
            desk.check(first, "shopper")
            wait_for(lambda: queries.find(first).state == "completed")
        return looks[-1]

    monkeypatch.setattr(own_payments, "of_the_same_in_the_dark", look_and_hear_after_the_second)
    shopper.put_into_cart()
    asked = shopper.check_out()
    assert ASKS in asked.text
    assert AGAIN.findall(asked.text) == [first]
