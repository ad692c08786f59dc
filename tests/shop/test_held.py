"""What somebody is paying for is not called sold out: it may come back, and who holds it is led to the payment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.payments.core import queries
from smartcart.payments.flow import desk
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

NOON = datetime(2026, 11, 28, 12, 47, 30, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"time_zone": ZoneInfo("Europe/Berlin")})


@pytest.fixture
def other(app: Flask) -> Shopper:
    """Somebody who would like to have the last teapot as well, and has it in the cart."""
    product("teapot", stock=1)
    product("kettle")
    other = Shopper(app.test_client())
    other.put_into_cart()
    return other


@pytest.fixture
def session(other: Shopper, shopper: Shopper) -> str:
    """Of the order that holds it, by somebody else, from 13:47 in Berlin."""
    clock.freeze(NOON)
    return shopper.order()


def test_others_read_that_somebody_is_paying_and_when_to_look_again(other: Shopper, session: str) -> None:
    """The time is over at 14:02:30, and the sweep comes by every minute."""
    words = "Somebody is paying for the last one; look again at 14:04 CET"
    for path in ("/products/teapot", "/cart"):
        page = other.get(path).text
        assert words in page, path
        assert "Sold out" not in page
    assert "Being paid for" in other.get("/").text
    refused = other.check_out()
    assert refused.status_code == 409
    assert words in refused.text
    assert "sold out" not in other.put_into_cart().text.lower()


def test_who_holds_it_is_led_to_the_payment(shopper: Shopper, session: str) -> None:
    page = shopper.get("/products/teapot").text
    assert "You hold the last one." in page
    assert f'<a href="/pay/{session}">See your payment</a>' in page
    assert "You hold it" in shopper.get("/").text
    assert "Sold out" not in shopper.get("/").text + page


def test_while_the_money_is_in_the_dark_no_time_is_promised(other: Shopper, shopper: Shopper, session: str) -> None:
    shopper.pay(session, "sandbox_timeout_charged")
    assert "look again in a few minutes" in other.get("/products/teapot").text


def test_a_time_that_is_over_is_not_promised_either(other: Shopper, session: str) -> None:
    clock.freeze(NOON + timedelta(hours=1))
    assert "look again in a few minutes" in other.get("/products/teapot").text


def test_once_it_is_paid_it_is_sold_out(other: Shopper, shopper: Shopper, session: str) -> None:
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state == "completed")
    for path, words in (("/", "Sold out"), ("/products/teapot", "Sold out."), ("/cart", "Sold out meanwhile")):
        assert words in other.get(path).text


def test_once_it_is_given_up_it_can_be_bought(other: Shopper, session: str) -> None:
    desk.cancel(session, "shopper")
    assert "Last one" in other.get("/").text
    assert other.check_out().status_code == 303
