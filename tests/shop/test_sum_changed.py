"""What a shopper has agreed to is what is ordered: another sum is shown first, and nothing is ordered meanwhile."""

import re

import pytest
from werkzeug.test import TestResponse

from smartcart.database.session import db, writing
from smartcart.shop.models import Order, Product
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

WHO = {"name": "Ada Lovelace", "email": "ada@example.org"}
CHANGED = "has changed since this page was shown"


def shown_sum(page: str) -> str:
    found = re.search(r'name="sum" value="([^"]+)"', page)
    assert found
    return found[1]


def price(slug: str, minor: int) -> None:
    with writing():
        db.session.query(Product).filter_by(slug=slug).update({"price": minor})


def ordered() -> list[int]:
    """The sums of all orders, as they are now."""
    db.session.rollback()
    return [order.amount for order in db.session.query(Order)]


def place(shopper: Shopper, page: str, **typed: str) -> TestResponse:
    """Press the button of the page."""
    return shopper.post("/checkout", {**WHO, **typed, "sum": shown_sum(page)})


@pytest.mark.parametrize("minor", [4700, 3900], ids=["raised", "lowered"])
def test_another_price_is_shown_and_agreed_to_before_anything_is_ordered(shopper: Shopper, minor: int) -> None:
    shopper.put_into_cart("teapot", 2)
    page = shopper.get("/checkout").text
    price("teapot", minor)
    asked = place(shopper, page)
    assert asked.status_code == 409
    assert CHANGED in asked.text
    assert f"€{2 * minor / 100:.2f} in all now" in asked.text
    assert ordered() == []
    assert place(shopper, asked.text).status_code == 303
    assert ordered() == [2 * minor]


def test_so_is_what_another_tab_has_put_into_the_cart(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    page = shopper.get("/checkout").text
    shopper.put_into_cart("cup")
    assert place(shopper, page).status_code == 409
    assert ordered() == []


def test_it_is_said_also_where_something_else_is_wrong_with_the_form(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    page = shopper.get("/checkout").text
    price("teapot", 4700)
    refused = place(shopper, page, name="")
    assert refused.status_code == 422
    assert CHANGED in refused.text


def test_the_sum_that_was_shown_is_ordered_without_a_question(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    assert place(shopper, shopper.get("/checkout").text).status_code == 303


@ON_BOTH
def test_a_second_press_on_the_same_page_leads_to_the_payment(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    page = shopper.get("/checkout").text
    first, second = place(shopper, page), place(shopper, page)
    assert (first.status_code, second.location) == (303, first.location)
