"""Ordering what is sent: where to, for how much, in the sum that is paid."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from smartcart.shop import shipping
from smartcart.shop.delivery_models import Delivery
from smartcart.shop.models import Order
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

ADDRESS = {
    "line1": "12 Rue des Lilas",
    "line2": "",
    "postcode": "75011",
    "city": "Paris",
    "region": "",
    "country": "FR",
}
SHOWN = {"prices": "DE:490 FR:990 ", "sum": "4200 EUR"}


@pytest.fixture
def reader(shopper: Shopper) -> Shopper:
    """Somebody with a thing in the cart that is sent, to Germany or to France."""
    shipping.set_price("EUR", "DE", 490)
    shipping.set_price("EUR", "FR", 990)
    product("novel", is_sent=True, tax_rate=700)
    shopper.put_into_cart("novel")
    return shopper


def order(reader: Shopper, **fields: Any) -> TestResponse:
    return reader.post("/checkout", {"name": "Ada", "email": "ada@example.org", **ADDRESS, **SHOWN, **fields})


def test_prices_are_shown_by_country_before_anything_is_ordered(reader: Shopper) -> None:
    page = reader.get("/checkout").text
    assert "France: €51.90 in all, €9.90 of it to send it" in page
    assert "Germany: €46.90 in all, €4.90 of it to send it" in page
    assert "Delivery comes on top" in reader.get("/cart").text


def test_what_is_not_sent_asks_for_no_address(shopper: Shopper) -> None:
    shopper.put_into_cart()
    assert "field-country" not in shopper.get("/checkout").text
    assert shopper.check_out().status_code == 303


@ON_BOTH
def test_the_sum_that_is_paid_includes_the_sending(reader: Shopper) -> None:
    session = order(reader).location.rpartition("/")[2]
    placed = db.session.query(Order).one()
    assert (placed.amount, placed.shipping) == (5190, 990)
    assert queries.find(session).amount == 5190
    assert db.session.query(Delivery).one().city == "Paris"
    shown = reader.get(f"/pay/{session}").text
    assert '<span data-testid="shipping">€9.90</span>' in shown
    assert "Includes 7 % tax on €51.90" in shown
    assert "Rue des Lilas" not in shown


def test_the_orders_page_shows_where_it_goes_and_the_tax(reader: Shopper) -> None:
    session = order(reader).location.rpartition("/")[2]
    reader.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    page = reader.get(f"/orders/{db.session.query(Order).one().token}").text
    for part in ("12 Rue des Lilas", "75011 Paris", "France", "€9.90", '<span data-testid="tax">€3.40</span>'):
        assert part in page


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("line1", "", "Please give a street"),
        ("city", " ", "Please give a town"),
        ("country", "", "Please choose a country"),
        ("line1", "x" * 121, "at most 120"),
        ("postcode", "9" * 21, "at most 20"),
        ("region", "a\nb", "on one line"),
        ("line2", "4242 4242 4242 4242", "card number"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_what_was_typed_stays(
    reader: Shopper, field: str, typed: str, words: str
) -> None:
    answer = order(reader, **{field: typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="ada@example.org"' in answer.text
    assert "75011" in answer.text or field == "postcode"
    assert db.session.query(Order).count() == 0


def test_a_country_without_postcodes_needs_none(reader: Shopper) -> None:
    assert order(reader, postcode="").status_code == 303


@pytest.mark.parametrize("country", ["AT", "XX", "fr", "☃"])
def test_nothing_is_sent_where_there_is_no_price(reader: Shopper, country: str) -> None:
    answer = order(reader, country=country)
    assert answer.status_code == 409
    assert "Nothing was ordered" in answer.text
    assert 'value="12 Rue des Lilas"' in answer.text
    assert db.session.query(Order).count() == 0


def test_a_price_that_went_up_meanwhile_is_asked_about(reader: Shopper) -> None:
    shipping.set_price("EUR", "FR", 1290)
    answer = order(reader)
    assert answer.status_code == 409
    assert "France: €54.90 in all, €12.90 of it to send it" in answer.text
    assert db.session.query(Order).count() == 0


@pytest.mark.parametrize("prices", ["", "FR", "FR:", "FR:-1", "FR:9.9", "FR:١", "FR:" + "9" * 5000, ":::"])
def test_a_price_that_nobody_was_shown_is_agreed_to_by_nobody(reader: Shopper, prices: str) -> None:
    assert order(reader, prices=prices).status_code == 409
    assert db.session.query(Order).count() == 0


def test_who_was_not_asked_for_an_address_is_asked_before_anything_is_ordered(reader: Shopper) -> None:
    answer = reader.check_out()
    assert answer.status_code == 422
    assert "Please give a street" in answer.text
    assert 'value="Ada Lovelace"' in answer.text
    assert db.session.query(Order).count() == 0


def test_free_of_charge_is_a_price_too(reader: Shopper) -> None:
    shipping.set_price("EUR", "FR", 0)
    assert order(reader, prices="FR:0").status_code == 303
    assert db.session.query(Order).one().amount == 4200


def test_who_orders_next_finds_the_address_typed(reader: Shopper) -> None:
    order(reader)
    reader.put_into_cart("novel")
    assert 'value="12 Rue des Lilas"' in reader.get("/checkout").text


def test_a_shop_that_sends_nowhere_says_so(shopper: Shopper) -> None:
    product("novel", is_sent=True)
    shopper.put_into_cart("novel")
    assert "the shop sends nothing yet" in shopper.get("/checkout").text
