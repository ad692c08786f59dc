import re
from typing import Any

import pytest
from flask import Flask

from smartcart.database.session import db, writing
from smartcart.shop.models import Product
from tests.support.shopper import Shopper, product


def change(slug: str, **fields: Any) -> None:
    with writing():
        db.session.query(Product).filter_by(slug=slug).update(fields)


def count(shopper: Shopper) -> int:
    found = re.search(r'data-testid="cart-count">(\d+)<', shopper.get("/").text)
    assert found
    return int(found[1])


def test_a_product_put_into_the_cart_is_counted_and_summed_up(shopper: Shopper) -> None:
    response = shopper.put_into_cart("teapot", 2)
    assert (response.status_code, response.location) == (303, "/cart")
    page = shopper.get("/cart").text
    assert count(shopper) == 2
    assert "€84.00" in page
    assert 'data-testid="checkout"' in page


def test_the_same_product_again_adds_up(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot", 2)
    shopper.put_into_cart("teapot", 1)
    assert count(shopper) == 3


def test_an_empty_cart_says_so_and_offers_no_checkout(shopper: Shopper) -> None:
    page = shopper.get("/cart").text
    assert "nothing in it yet" in page
    assert 'data-testid="checkout"' not in page


def test_two_browsers_have_a_cart_each(shopper: Shopper, app: Flask) -> None:
    shopper.put_into_cart("teapot", 2)
    assert count(Shopper(app.test_client())) == 0


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "many", "1e3", "٣", "1_0", "100", "9" * 5000, "\0"])
def test_a_quantity_that_cannot_be_is_refused_with_what_is_allowed(shopper: Shopper, typed: str) -> None:
    product("teapot")
    response = shopper.post("/cart/lines", {"product": "teapot", "quantity": typed})
    assert response.status_code == 422
    assert "whole number from 1 to 99" in response.text
    assert "Teapot" in response.text
    assert count(shopper) == 0


def test_what_was_typed_is_still_there_when_it_is_refused(shopper: Shopper) -> None:
    product("teapot")
    response = shopper.post("/cart/lines", {"product": "teapot", "quantity": "a dozen"})
    assert 'value="a dozen"' in response.text


def test_more_than_there_is_is_refused_with_how_many_are_left(shopper: Shopper) -> None:
    product("teapot", stock=5)
    response = shopper.put_into_cart("teapot", 6)
    assert response.status_code == 422
    assert "Only 5 of Teapot are left" in response.text
    assert count(shopper) == 0


def test_what_lies_in_the_cart_counts_against_what_is_left(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot", 4)
    assert shopper.put_into_cart("teapot", 2).status_code == 422
    assert count(shopper) == 4


@pytest.mark.parametrize("slug", ["", "nothing", "a\0b", "x" * 5000])
def test_a_product_that_is_not_there_is_said_to_be_so(shopper: Shopper, slug: str) -> None:
    product("teapot")
    response = shopper.post("/cart/lines", {"product": slug, "quantity": 1})
    assert response.status_code == 404
    assert "not on sale here" in response.text


def test_a_product_taken_off_sale_can_no_longer_be_put_into_the_cart(shopper: Shopper) -> None:
    product("teapot")
    product("kettle", on_sale=False)
    assert shopper.put_into_cart("kettle").status_code == 404
    assert count(shopper) == 0


def test_one_cart_holds_one_currency(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    product("kettle", currency="JPY")
    response = shopper.put_into_cart("kettle")
    assert response.status_code == 422
    assert "this cart is in EUR" in response.text
    assert count(shopper) == 1


def test_an_order_larger_than_can_be_paid_is_refused(shopper: Shopper) -> None:
    product("palace", price=60_000_000)
    response = shopper.put_into_cart("palace", 2)
    assert response.status_code == 422
    assert "larger than can be paid" in response.text


def test_a_quantity_can_be_changed(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot", 1)
    assert shopper.post("/cart/lines/teapot", {"quantity": "3"}).status_code == 303
    assert count(shopper) == 3


@pytest.mark.parametrize(
    ("typed", "words"), [("x", "whole number from 0 to 99"), ("-1", "from 0 to 99"), ("6", "Only 5")]
)
def test_a_wrong_change_is_refused_and_leaves_the_cart_as_it_was(shopper: Shopper, typed: str, words: str) -> None:
    shopper.put_into_cart("teapot", 2)
    response = shopper.post("/cart/lines/teapot", {"quantity": typed})
    assert response.status_code == 422
    assert words in response.text
    assert f'value="{typed}"' in response.text
    assert count(shopper) == 2


def test_a_product_can_be_taken_out_even_when_it_is_off_sale(shopper: Shopper) -> None:
    product("kettle")
    shopper.put_into_cart("teapot")
    change("teapot", on_sale=False)
    assert "No longer on sale" in shopper.get("/cart").text
    assert shopper.post("/cart/lines/teapot", {"quantity": "0"}).status_code == 303
    assert "nothing in it yet" in shopper.get("/cart").text


def test_taking_out_what_another_tab_took_out_already_says_so(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot")
    shopper.post("/cart/lines/teapot", {"quantity": "0"})
    response = shopper.post("/cart/lines/teapot", {"quantity": "0"})
    assert response.status_code == 404
    assert "no longer in your cart" in response.text


def test_the_cart_says_when_somebody_else_bought_what_lies_in_it(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot", 3)
    change("teapot", stock=2)
    assert "Only 2 left" in shopper.get("/cart").text
    change("teapot", stock=0)
    assert "Sold out meanwhile" in shopper.get("/cart").text


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_form_without_its_csrf_token_changes_nothing(shopper: Shopper, token: str | None) -> None:
    product("teapot")
    form = {"product": "teapot", "quantity": "1"} | ({} if token is None else {"csrf_token": token})
    assert shopper.client.post("/cart/lines", data=form).status_code == 400
    assert count(shopper) == 0


def test_a_cart_line_is_not_for_reading(shopper: Shopper) -> None:
    response = shopper.get("/cart/lines")
    assert (response.status_code, response.location) == (303, "/cart")
