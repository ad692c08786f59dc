from typing import Any

import pytest
from flask import Flask

from smartcart.database.session import db, writing
from smartcart.shop.models import Order, Product
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product


def test_checkout_asks_name_and_e_mail_beside_what_is_ordered(shopper: Shopper) -> None:
    shopper.put_into_cart("teapot", 2)
    page = shopper.get("/checkout").text
    for handle in ("field-name", "field-email", "place-order"):
        assert f'data-testid="{handle}"' in page
    assert "2 × Teapot" in page
    assert "€84.00" in page
    assert 'autocomplete="email"' in page


@pytest.mark.parametrize("name", ["Ada", "李 小龙", "Zoë O’Neill-Müller", "x" * 120, "  padded  "])
def test_names_of_all_kinds_are_taken(shopper: Shopper, name: str) -> None:
    shopper.put_into_cart()
    assert shopper.check_out(name=name).status_code == 303
    assert db.session.query(Order).one().name == name.strip()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Please give a name"),
        ("   ", "Please give a name"),
        ("x" * 121, "at most 120 characters"),
        ("Ada\nBcc: everyone@example.org", "on one line"),
        ("Ada\0", "on one line"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_what_is_allowed(shopper: Shopper, name: str, words: str) -> None:
    shopper.put_into_cart()
    response = shopper.check_out(name=name)
    assert response.status_code == 422
    assert words in response.text
    assert db.session.query(Order).count() == 0


@pytest.mark.parametrize(
    "email", ["a@b.co", "ada+shop@mail.example.org", "jürgen@müller.de", "o'neill@example.org", " ada@example.org "]
)
def test_e_mail_addresses_of_all_kinds_are_taken(shopper: Shopper, email: str) -> None:
    shopper.put_into_cart()
    assert shopper.check_out(email=email).status_code == 303
    assert db.session.query(Order).one().email == email.strip()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@example.",
        "ada@.org",
        "a da@example.org",
        "a@b@example.org",
        "ada@example..org",
        "Ada <ada@example.org>",
        "a@example.org,b@example.org",
        "ada@example.org\nBcc: x@y.zz",
        "ada\0@example.org",
        f"{'x' * 250}@example.org",
        "." * 2000,
        "a@" + "b." * 2000,
    ],
)
def test_an_e_mail_address_that_cannot_be_is_refused_with_what_is_allowed(shopper: Shopper, email: str) -> None:
    shopper.put_into_cart()
    response = shopper.check_out(email=email)
    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    assert db.session.query(Order).count() == 0


def test_a_refused_form_keeps_what_was_typed_and_leads_to_what_is_wrong(shopper: Shopper) -> None:
    shopper.put_into_cart()
    page = shopper.check_out(name="Ada & Co", email="nowhere").text
    assert 'value="Ada &amp; Co"' in page
    assert 'value="nowhere"' in page
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in page
    assert 'href="#email"' in page
    assert 'aria-describedby="email-hint email-error"' in page


def test_a_form_without_any_field_is_refused_with_words(shopper: Shopper) -> None:
    shopper.put_into_cart()
    response = shopper.post("/checkout")
    assert response.status_code == 422
    assert "Please give a name" in response.text
    assert "Please give an e-mail address" in response.text


@ON_BOTH
def test_of_two_shoppers_and_one_last_item_one_is_told_before_anything_is_paid(shopper: Shopper, app: Flask) -> None:
    product("kettle")
    product("teapot", stock=1)
    other = Shopper(app.test_client())
    shopper.put_into_cart()
    other.put_into_cart()
    assert other.check_out().status_code == 303
    refused = shopper.check_out(name="Grace Hopper")
    assert refused.status_code == 409
    assert "Somebody was quicker" in refused.text
    assert "nothing was paid" in refused.text
    assert 'value="Grace Hopper"' in refused.text
    assert db.session.query(Order).count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"on_sale": False}, "no longer on sale"), ({"price": 60_000_000}, "larger than can be paid")],
)
def test_a_cart_that_changed_meanwhile_is_refused_with_the_reason(
    shopper: Shopper, changed: dict[str, Any], words: str
) -> None:
    product("kettle")
    shopper.put_into_cart("teapot", 2)
    with writing():
        db.session.query(Product).filter_by(slug="teapot").update(changed)
    response = shopper.check_out()
    assert response.status_code == 409
    assert words in response.text
    assert db.session.query(Order).count() == 0
