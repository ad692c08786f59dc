"""After a payment that took no money: how to order again, as it is so for who reads it, where it is read."""

import re
from typing import Any

import pytest
from flask import Flask

from smartcart.payments.core import queries
from smartcart.payments.flow import desk
from smartcart.payments.page import copy
from tests.support.caller import by_key
from tests.support.shopper import Shopper
from tests.support.visitor import read_status
from tests.support.waiting import wait_for

WAYS = re.compile(r'<a class="button[^"]*" href="([^"]*)">')


def read(reader: Shopper, session: str, how: str) -> Any:
    """What the page, or the answer to its poll, says; and where its buttons lead."""
    text = reader.get(f"/pay/{session}{how}").text
    status = text[text.index('id="payment-status"') : text.index("</section>")]
    return read_status(text).text, WAYS.findall(status)


@pytest.mark.parametrize("how", ["", "/status?seen=1", "/status?seen=1&"])
def test_who_ordered_is_told_that_it_is_in_the_cart_again(shopper: Shopper, how: str) -> None:
    session = shopper.order()
    desk.cancel(session, "shopper")
    told, ways = read(shopper, session, how)
    assert copy.IN_YOUR_CART in told
    assert ways == ["/cart"]
    assert "Teapot" in shopper.get("/cart").text


@pytest.mark.parametrize("how", ["", "/status?seen=1", "/status?seen=1&"])
def test_a_second_device_is_not_told_of_a_cart_that_is_not_there(app: Flask, shopper: Shopper, how: str) -> None:
    session = shopper.order()
    desk.cancel(session, "shopper")
    told, ways = read(Shopper(app.test_client()), session, how)
    assert "your cart" not in told
    assert copy.IN_ANOTHER_CART in told
    assert ways == ["/"]


def test_a_second_device_gets_a_way_on_from_what_is_paid_and_none_to_the_receipt(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state == "completed")
    assert read(Shopper(app.test_client()), session, "")[1] == ["/"]
    assert "/orders/" in read(shopper, session, "")[1][0]


@pytest.mark.parametrize("return_url", ["", "https://shop.example/orders/7"])
@pytest.mark.parametrize("how", ["", "/status?seen=1", "/status?seen=1&"])
def test_a_payment_of_a_merchants_leads_back_to_the_merchant(
    app: Flask, shopper: Shopper, how: str, return_url: str
) -> None:
    shopper.put_into_cart()
    merchant = by_key(app)
    session = merchant.create(**({"return_url": return_url} if return_url else {}))["id"]
    merchant.post(f"/session/{session}/cancel")
    told, ways = read(shopper, session, how)
    assert copy.AT_ANOTHER_SHOP in told
    assert "cart" not in told
    assert ways == ([return_url] if return_url else [])
