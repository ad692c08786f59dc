from typing import Any

import pytest
from flask import Flask

from smartcart.admin.login import passwords
from smartcart.database.session import db, writing
from smartcart.shop import stock
from smartcart.shop.models import Order, Picture, Product
from tests.admin.products.picture import picture, what_it_shows
from tests.admin.products.product_form import NEW, TYPED, file, save, saved
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.two_at_once import overlapping

PNG, JPEG, WEBP = picture("PNG"), picture("JPEG"), picture("WEBP")


@pytest.fixture
def admin(app: Flask) -> Shopper:
    """A browser that is signed in, at a shop that sells kettles."""
    passwords.ensure_admin("opens the storeroom")
    product("kettle")
    browser = Shopper(app.test_client())
    assert browser.post("/admin/login", {"name": "admin", "password": "opens the storeroom"}).status_code == 303
    return browser


def typed_as(shown: Product, **fields: Any) -> dict[str, Any]:
    """The form of a product as the page shows it, with what the admin typed over it."""
    return {"name": shown.name, "price": "42.00", "stock": shown.stock, "shown_stock": shown.stock} | fields


def order_meanwhile(slug: str, quantity: int) -> None:
    with writing():
        stock.reserve([(db.session.query(Product).filter_by(slug=slug).one(), quantity)])


def address(slug: str) -> str:
    return f"/admin/products/{saved(slug).id}"


@pytest.mark.parametrize("path", ["/admin/products", NEW, "/admin/products/1"])
def test_nobody_comes_in_without_signing_in(shopper: Shopper, path: str) -> None:
    product("kettle")
    for response in (shopper.get(path), shopper.post(path, TYPED)):
        assert response.status_code in (302, 303, 401, 405)
        assert "Kettle" not in response.text
    assert db.session.query(Product).count() == 1


def test_a_new_product_is_on_sale_under_a_name_made_from_its_own(admin: Shopper) -> None:
    assert save(admin, NEW, name="  Grüße & Tee ").status_code == 303
    made = saved("grue-tee")
    assert (made.name, made.price, made.currency, made.stock, made.on_sale) == ("Grüße & Tee", 4200, "EUR", 7, True)
    assert "Grüße &amp; Tee" in admin.get("/").text


def test_products_of_the_same_name_get_addresses_of_their_own(admin: Shopper) -> None:
    for _ in range(3):
        save(admin, NEW)
    assert [saved(slug).name for slug in ("moka-pot", "moka-pot-2", "moka-pot-3")] == ["Moka pot"] * 3


@ON_BOTH
@pytest.mark.parametrize("names", [("Moka pot", "Moka pot"), ("Moka pot", "Another pot")])
def test_products_saved_at_the_same_moment_are_both_kept(app: Flask, admin: Shopper, names: tuple[str, str]) -> None:
    """With the same name, and with the same picture."""
    token = admin.token()
    answers = overlapping(
        app, *[lambda name=each: save(admin, NEW, token, name=name, picture=file(PNG)) for each in names]
    )
    assert [getattr(answer, "status_code", answer) for answer in answers] == [303, 303]
    db.session.rollback()
    assert db.session.query(Product).filter(Product.name.in_(names)).count() == 2
    assert db.session.query(Picture).count() == 1


def test_a_name_without_a_latin_letter_still_gets_an_address(admin: Shopper) -> None:
    save(admin, NEW, name="茶壺")
    assert saved("product").name == "茶壺"


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("42", "EUR", 4200),
        ("0.01", "EUR", 1),
        ("19.9", "EUR", 1990),
        ("8.29", "EUR", 829),  # 828.9999 as a float
        ("999999.99", "EUR", 99_999_999),
        ("4200", "JPY", 4200),
        ("1.234", "KWD", 1234),
        # As people write them, here and there.
        ("49,90", "EUR", 4990),
        ("10,00", "EUR", 1000),
        ("49,9", "EUR", 4990),
        ("€49,90", "EUR", 4990),
        ("49,90 €", "EUR", 4990),
        ("EUR 49.90", "EUR", 4990),
        ("1.234,50", "EUR", 123_450),
        ("1,234.50", "EUR", 123_450),
        ("1 234,50", "EUR", 123_450),
        ("1\u202f234,50", "EUR", 123_450),
        ("1'234.50", "CHF", 123_450),
        ("9.999.999.999,99", "IDR", 999_999_999_999),
        ("4,200", "JPY", 4200),
        ("1,5", "KWD", 1500),
        ("1,234.500", "KWD", 1_234_500),
    ],
)
def test_a_price_is_kept_exactly_in_minor_units(admin: Shopper, price: str, currency: str, minor: int) -> None:
    save(admin, NEW, price=price, currency=currency)
    assert saved("moka-pot").price == minor


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Please give the product a name"),
        ("name", "x" * 121, "at most 120 characters"),
        ("name", "two\nlines", "on one line"),
        ("description", "x" * 2001, "at most 2000 characters"),
        ("description", "a\0b", "cannot be stored"),
        ("price", "", "Please give a price"),
        # A slip of the finger, or a thousand? And what is the rest?
        ("price", "1,234", "in digits, like 42.00 or 42,00"),
        ("price", "1.234.56", "in digits"),
        ("price", "12,50,00", "in digits"),
        ("price", "1.23,45", "in digits"),
        ("price", "$12", "in digits"),
        ("price", "12,", "in digits"),
        ("price", ",50", "in digits"),
        ("price", "-1", "in digits"),
        ("price", "1.234", "in digits"),
        ("price", "1e3", "in digits"),
        ("price", "NaN", "in digits"),
        ("price", "٤٢", "in digits"),
        ("price", "0", "from 0.01 to 999999.99"),
        ("price", "1000000", "from 0.01 to 999999.99"),
        ("price", "9" * 5000, "in digits"),
        ("currency", "", "ISO 4217"),
        ("currency", "EURO", "ISO 4217"),
        ("currency", "eur", "ISO 4217"),
        ("currency", "XYZ", "ISO 4217"),
        ("stock", "", "whole number from 0 to 999999"),
        ("stock", "-1", "whole number from 0 to 999999"),
        ("stock", "1.5", "whole number from 0 to 999999"),
        ("stock", "1000000", "whole number from 0 to 999999"),
        ("stock", "9" * 5000, "whole number from 0 to 999999"),
    ],
)
def test_a_wrong_field_is_refused_with_what_is_allowed(admin: Shopper, field: str, typed: str, words: str) -> None:
    response = save(admin, NEW, **{"description": "Kept as typed", field: typed})
    assert response.status_code == 422
    assert words in response.text
    assert "Kept as typed" in response.text or field == "description"
    assert db.session.query(Product).count() == 1


def test_a_form_without_any_field_is_refused_with_words(admin: Shopper) -> None:
    response = admin.post(NEW)
    assert response.status_code == 422
    assert "Please give a price" in response.text


def test_a_product_can_be_changed_and_keeps_its_address_and_currency(admin: Shopper) -> None:
    changed = typed_as(saved("kettle"), name="Copper kettle", price="50.00", currency="JPY")
    assert admin.post(address("kettle"), changed).status_code == 303
    kettle = saved("kettle")
    assert (kettle.name, kettle.price, kettle.currency) == ("Copper kettle", 5000, "EUR")


@ON_BOTH
def test_what_is_ordered_while_the_form_is_open_stays_taken(admin: Shopper) -> None:
    changed = typed_as(saved("kettle"), stock=8)
    order_meanwhile("kettle", 2)
    assert admin.post(address("kettle"), changed).status_code == 303
    assert saved("kettle").stock == 6


@ON_BOTH
def test_taking_away_more_than_is_left_meanwhile_is_refused_with_how_many_are_left(admin: Shopper) -> None:
    changed = typed_as(saved("kettle"), stock=1, name="New name")
    order_meanwhile("kettle", 3)
    response = admin.post(address("kettle"), changed)
    assert response.status_code == 422
    assert "2 are left now" in response.text
    assert 'name="shown_stock" type="hidden" value="2"' in response.text
    assert (saved("kettle").stock, saved("kettle").name) == (2, "Kettle")


def test_saving_twice_from_pages_that_are_old_raises_no_stock_past_what_is_allowed(admin: Shopper) -> None:
    before = saved("kettle").stock
    response = admin.post(address("kettle"), typed_as(saved("kettle"), stock=999_999, shown_stock=0))
    assert response.status_code == 422
    assert f"{before} are left now" in response.text
    assert saved("kettle").stock == before


def test_a_product_can_be_taken_off_sale_and_put_on_sale_again(admin: Shopper) -> None:
    for on_sale, count in (("no", 0), ("yes", 1)):
        product("teapot")  # something must stay on sale for the front page to have a form
        assert admin.post(f"{address('kettle')}/sale", {"on_sale": on_sale}).status_code == 303
        assert admin.get("/").text.count('href="/products/kettle"') == count


@pytest.mark.parametrize("value", ["", "perhaps"])
def test_a_sale_that_is_neither_on_nor_off_is_refused(admin: Shopper, value: str) -> None:
    assert admin.post(f"{address('kettle')}/sale", {"on_sale": value}).status_code == 400
    assert saved("kettle").on_sale


@pytest.mark.parametrize("path", ["/admin/products/99", "/admin/products/99999999999999999999", "/admin/products/x"])
def test_a_product_that_is_not_there_is_not_found(admin: Shopper, path: str) -> None:
    assert admin.get(path).status_code == 404
    assert admin.post(path, TYPED).status_code == 404
    assert admin.post(f"{path}/sale", {"on_sale": "no"}).status_code == 404


@pytest.mark.parametrize(("body", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
def test_an_uploaded_picture_is_shown_in_the_shop(admin: Shopper, body: bytes, media_type: str) -> None:
    save(admin, NEW, picture=file(body, "../../moka.html"))
    address = saved("moka-pot").picture
    assert address in admin.get("/products/moka-pot").text
    response = admin.get(address)
    assert (what_it_shows(response.data), response.content_type) == (what_it_shows(body), media_type)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("body", [b"<svg onload='alert(1)'/>", b"GIF89a", b"", b"RIFF....AVI ", b"MZ"])
def test_a_file_that_is_no_picture_is_refused(admin: Shopper, body: bytes) -> None:
    response = save(admin, NEW, picture=file(body, "harmless.png"))
    assert response.status_code == 422
    assert "not a PNG, JPEG or WebP picture" in response.text
    assert db.session.query(Picture).count() == 0


def test_a_body_of_ten_megabytes_is_refused(admin: Shopper) -> None:
    assert save(admin, NEW, picture=file(PNG + bytes(10_000_000))).status_code == 413


def test_only_the_signed_in_admins_forms_take_large_bodies(admin: Shopper, shopper: Shopper) -> None:
    large = PNG + bytes(200_000)
    assert save(shopper, NEW, picture=file(large)).status_code == 413
    assert save(admin, "/cart/lines", picture=file(large)).status_code == 413


def test_saving_without_a_picture_keeps_the_one_it_has(admin: Shopper) -> None:
    save(admin, NEW, picture=file(PNG))
    before = saved("moka-pot").picture
    admin.post(address("moka-pot"), typed_as(saved("moka-pot")))
    assert saved("moka-pot").picture == before


def test_a_replaced_picture_is_forgotten_unless_another_product_shows_it(admin: Shopper) -> None:
    save(admin, NEW, picture=file(PNG))
    save(admin, NEW, name="Other", picture=file(PNG))
    assert db.session.query(Picture).count() == 1
    for slug, left in (("moka-pot", 2), ("other", 1)):
        save(admin, address(slug), **typed_as(saved(slug), picture=file(JPEG)))
        db.session.rollback()
        assert db.session.query(Picture).count() == left


def test_a_new_price_leaves_what_is_ordered_as_it_was(admin: Shopper, shopper: Shopper) -> None:
    shopper.order("kettle", 2)
    admin.post(address("kettle"), typed_as(saved("kettle"), price="50.00"))
    assert db.session.query(Order).one().amount == 8400
