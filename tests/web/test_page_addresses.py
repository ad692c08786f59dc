"""The addresses in pages are Flask's own, wherever the shop is."""

import pytest
from flask import Flask, render_template_string, url_for

from smartcart.web.addresses import PageAddresses, own_address

PREFIXES = {"the root": "/", "a folder that no setting names": "/shop"}
ADDRESSES: tuple[tuple[str, dict[str, str]], ...] = (
    ("shop.show_catalogue", {}),
    ("shop.show_cart", {}),
    ("shop.show_product", {"slug": "tea pot/ä?&"}),
    ("payments.attempt", {"session_id": "x" * 32}),
    ("payments.show", {"session_id": "x" * 32, "said": "a b", "seen": "3"}),
)


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_a_page_leads_where_flask_leads(app: Flask, prefix: str) -> None:
    made = PageAddresses(app)
    for _ in range(2):
        with app.test_request_context(base_url=f"http://127.0.0.1{prefix}"):
            for endpoint, values in ADDRESSES:
                assert made(endpoint, **values) == url_for(endpoint, **values)


def test_the_pages_have_them(app: Flask) -> None:
    assert isinstance(app.jinja_env.globals["url_for"], PageAddresses)


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_a_template_leads_where_flask_leads(app: Flask, prefix: str) -> None:
    with app.test_request_context(base_url=f"http://127.0.0.1{prefix}"):
        assert render_template_string("{{ url_for('shop.show_cart') }}") == url_for("shop.show_cart")


def test_views_make_them_alike(app: Flask) -> None:
    with app.test_request_context(base_url="http://127.0.0.1/shop"):
        for endpoint, values in ADDRESSES:
            assert own_address(endpoint, **values) == url_for(endpoint, **values)
