"""A second order of the same things, while the first is in the dark or just paid: asked first, then begun."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import own_payments, queries, second_orders
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.flow import desk, opening
from smartcart.rules.payment_states import State
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


def be_paid(session: str) -> None:
    desk.check(session, "shopper")
    wait_for(lambda: queries.find(session).state == "completed")


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


def test_once_it_is_known_nobody_is_asked_about_other_things_with_it(shopper: Shopper, first: str) -> None:
    shopper.put_into_cart()
    shopper.put_into_cart("kettle")
    be_paid(first)
    assert ASKS not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303


def test_the_very_same_cart_is_asked_about_for_a_day_after_it_was_paid(shopper: Shopper, first: str) -> None:
    be_paid(first)
    shopper.put_into_cart()
    asked = shopper.get("/checkout").text
    assert "You have ordered the same before, and paid €42.00 for it." in asked
    assert AGAIN.findall(asked) == [first]
    assert shopper.check_out().status_code == 409
    clock.freeze(clock.now() + own_payments.WAY_BACK)
    assert ASKS not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303


@pytest.mark.parametrize("quantity", [2, 3])
def test_another_number_before_cart_is_another_cart(shopper: Shopper, first: str, quantity: int) -> None:
    be_paid(first)
    shopper.put_into_cart(quantity=quantity)
    assert shopper.check_out().status_code == 303


def test_a_part_of_what_was_paid_is_another_cart(shopper: Shopper) -> None:
    shopper.put_into_cart("kettle")
    session = shopper.order()
    shopper.pay(session)
    be_paid(session)
    shopper.put_into_cart()
    assert shopper.check_out().status_code == 303


def test_what_was_given_back_is_ordered_again_without_a_question(shopper: Shopper, first: str) -> None:
    be_paid(first)
    desk.refund(first, "admin")
    wait_for(lambda: queries.find(first).state == "refunded")
    shopper.put_into_cart()
    assert shopper.check_out().status_code == 303


def test_what_is_set_aside_is_asked_about_and_not_called_taken(shopper: Shopper, first: str) -> None:
    with writing():
        db.session.execute(
            update(PaymentSession)
            .where(PaymentSession.id == first)
            .values(state=State.AUTHORIZED, due_at=clock.now() + own_payments.WAY_BACK)
        )
    shopper.put_into_cart()
    asked = shopper.get("/cart").text
    assert "€42.00 are set aside for it" in asked
    assert "whether" not in asked.partition(ASKS)[2].partition("</div>")[0]


def test_nobody_else_is_asked(app: Flask, first: str) -> None:
    other = Shopper(app.test_client())
    other.put_into_cart()
    assert other.check_out(email="bob@example.org").status_code == 303


def test_an_answer_that_comes_while_the_page_would_ask_makes_the_question_needless(
    shopper: Shopper, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = opening.place_and_open

    def refuse_and_hear(*wanted: str, **more: Any) -> str:
        try:
            return place(*wanted, **more)
        except opening.OrderedBefore:
            be_paid(first)
            raise

    monkeypatch.setattr(opening, "place_and_open", refuse_and_hear)
    shopper.put_into_cart()
    shopper.put_into_cart("kettle")
    assert shopper.check_out().status_code == 303
    assert db.session.query(Order).count() == 2


def test_an_answer_that_comes_while_the_question_is_written_leaves_it_its_button(
    shopper: Shopper, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looks = second_orders.before_cart, []

    def look_and_hear_after_the_second(*wanted: Any) -> list[OwnPayment]:
        looks.append(look(*wanted))
        if len(looks) == 2:  # the first refused the order, the second asks the question
            be_paid(first)
        return looks[-1]

    monkeypatch.setattr(second_orders, "before_cart", look_and_hear_after_the_second)
    shopper.put_into_cart()
    shopper.put_into_cart("kettle")
    asked = shopper.check_out()
    assert ASKS in asked.text
    assert AGAIN.findall(asked.text) == [first]
