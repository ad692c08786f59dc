import re

import pytest
from flask import Flask
from sqlalchemy import update

from smartcart.database.session import execute, writing
from smartcart.shop.demo import PRODUCTS, fill_empty_catalogue
from smartcart.shop.models import Product
from tests.support.shopper import Shopper, product

TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


def test_the_catalogue_shows_each_product_with_its_price_and_a_way_to_its_page(shopper: Shopper) -> None:
    product("teapot", price=4200)
    product("samovar", price=123456, currency="JPY")
    page = shopper.get("/").text
    assert page.count('data-testid="product-card"') == 2
    assert "€42.00" in page
    assert "¥123,456" in page
    assert 'href="/products/teapot"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price": 4300}, "€43.00"),
        ({"name": "Samovar"}, "Samovar</a>"),
        ({"stock": 1}, "Last one"),
        ({"stock": 0}, "Sold out"),
        ({"picture": "/pictures/a.png"}, "/pictures/a.png"),
        ({"on_sale": False}, "nothing on sale"),
    ],
)
def test_whatever_has_changed_of_a_product_is_on_the_next_page(
    shopper: Shopper, change: dict[str, object], words: str
) -> None:
    """The cards are remembered; who changes it may be another process, which tells nobody."""
    product("teapot")
    assert words not in shopper.get("/").text
    with writing():
        execute(update(Product).values(**change))
    assert words in shopper.get("/").text


def test_each_who_reads_has_forms_of_their_own(app: Flask) -> None:
    product("teapot")
    product("kettle")
    tokens = [set(TOKEN.findall(Shopper(app.test_client()).get("/").text)) for _ in range(2)]
    assert [len(each) for each in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert "" not in tokens[0] | tokens[1]


def test_a_product_page_shows_price_description_and_how_many_are_left(shopper: Shopper) -> None:
    product("teapot", stock=3, description="Pours without a drip.")
    page = shopper.get("/products/teapot").text
    assert "€42.00" in page
    assert "Pours without a drip." in page
    assert "Only 3 left" in page
    assert 'data-testid="add-to-cart"' in page


def test_what_is_off_sale_is_nowhere_in_the_shop(shopper: Shopper) -> None:
    product("teapot", on_sale=False)
    assert "Teapot" not in shopper.get("/").text
    assert shopper.get("/products/teapot").status_code == 404


def test_what_is_sold_out_is_shown_without_a_button(shopper: Shopper) -> None:
    product("teapot", stock=0)
    for path in ("/", "/products/teapot"):
        page = shopper.get(path).text
        assert "Sold out" in page
        assert 'data-testid="add-to-cart"' not in page


def test_a_shop_without_products_says_so(shopper: Shopper) -> None:
    assert "nothing on sale" in shopper.get("/").text


def test_a_product_without_a_picture_gets_a_drawn_one(shopper: Shopper) -> None:
    product("teapot")
    assert "/static/catalogue/placeholder." in shopper.get("/products/teapot").text


def test_markup_in_a_product_is_shown_as_text(shopper: Shopper) -> None:
    product("teapot", name="<b>Tea</b>", description="<script>alert(1)</script>")
    product("token", name="<token>")
    assert "&lt;token&gt;</a>" in shopper.get("/").text
    page = shopper.get("/products/teapot").text
    assert "&lt;b&gt;Tea&lt;/b&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/products/nothing",
        "/products/a%00b",
        "/products/%F0%9F%AB%96",
        f"/products/{'a' * 5000}",
        "/pictures/nothing.png",
        "/pictures/a%00b.png",
        "/orders/nothing",
        "/orders/a%00b",
        "/nowhere",
    ],
)
def test_an_address_that_names_nothing_is_not_found_and_shows_a_way_on(shopper: Shopper, path: str) -> None:
    response = shopper.get(path)
    assert response.status_code == 404
    assert 'href="/"' in response.text


def test_the_shops_pages_have_one_script_that_only_renews_what_is_long_past(shopper: Shopper) -> None:
    shopper.put_into_cart()
    for path in ("/", "/products/teapot", "/cart", "/checkout"):
        (script,) = re.findall(r"<script[^>]*>", shopper.get(path).text)
        assert "/static/shop." in script


def test_every_page_says_that_no_real_money_moves_while_the_sandbox_is_on(shopper: Shopper) -> None:
    shopper.put_into_cart()
    for path in ("/", "/products/teapot", "/cart", "/checkout", "/nowhere"):
        assert 'data-testid="test-mode"' in shopper.get(path).text


def test_the_demo_catalogue_fills_an_empty_shop_with_pictures_that_are_there(shopper: Shopper) -> None:
    assert fill_empty_catalogue() == len(PRODUCTS)
    page = shopper.get("/").text
    assert page.count('data-testid="product-card"') == len(PRODUCTS)
    for slug, *_ in PRODUCTS:
        assert f"/static/catalogue/{slug}." in page


def test_of_one_thing_of_the_demo_catalogue_it_is_asked_where_it_goes(shopper: Shopper) -> None:
    fill_empty_catalogue()
    shopper.put_into_cart("stoneware-mug")
    assert "Where does it go?" not in shopper.get("/checkout").text
    shopper.put_into_cart("potted-rosemary")
    page = shopper.get("/checkout").text
    assert "Where does it go?" in page
    assert "Germany: €47.90 in all, €4.90 of it to send it" in page


def test_the_demo_catalogue_leaves_a_shop_that_sells_something_alone(shopper: Shopper) -> None:
    product("teapot")
    assert fill_empty_catalogue() == 0
    assert shopper.get("/").text.count('data-testid="product-card"') == 1
