"""The shop's name and slogan, as its owner writes them."""

import re

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.shop import identity
from smartcart.shop.models import Picture
from tests.admin.browser import AdminBrowser
from tests.admin.products.picture import picture, what_it_shows
from tests.admin.products.product_form import NEW, file, save, saved
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

LOGO = re.compile(r'<img class="logo"\s+src="(/pictures/[^"]+)"\s+alt=""\s+width="(\d+)"\s+height="(\d+)">')
WRITTEN = {"name": "Pots & Pans", "slogan": "Made to last"}


@ON_BOTH
def test_what_is_written_stands_on_every_page(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    assert admin.post("/admin/shop", WRITTEN).status_code == 303
    for path in ("/", "/cart", "/nowhere", f"/pay/{session}", f"/pay/{session}/status", "/admin/login"):
        page = shopper.get(path).text
        assert "Pots &amp; Pans</title>" in page, path
        assert "SmartCart" not in page, path
    for path in ("/", "/cart", f"/pay/{session}"):
        assert "Made to last" in shopper.get(path).text, path


def test_the_poll_before_flask_says_it_too(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    admin.post("/admin/shop", WRITTEN)
    assert "Pots &amp; Pans</title>" in shopper.get(f"/pay/{session}/status?seen=0").text


def test_where_no_name_is_written_it_is_the_settings(admin: AdminBrowser, shopper: Shopper) -> None:
    admin.post("/admin/shop", WRITTEN)
    admin.post("/admin/shop", {"name": " ", "slogan": ""})
    page = shopper.get("/cart").text
    assert "SmartCart</title>" in page
    assert "Made to last" not in page


def test_a_logo_is_shown_small_and_without_where_it_was_made(admin: AdminBrowser, shopper: Shopper) -> None:
    assert admin.post("/admin/shop", WRITTEN | {"logo": file(picture("PNG", (2000, 1000)))}).status_code == 303
    for path in ("/", "/cart", "/nowhere"):
        page = shopper.get(path).text
        assert LOGO.search(page), path
        assert "favicon" not in page
    found = LOGO.search(shopper.get("/cart").text)
    assert found
    assert (found[2], found[3]) == ("480", "240")
    shown = shopper.get(found[1])
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert what_it_shows(shown.data) == ("PNG", (480, 240), True, True)


def test_without_a_new_one_the_logo_stays(admin: AdminBrowser, shopper: Shopper) -> None:
    admin.post("/admin/shop", WRITTEN | {"logo": file(picture("PNG"))})
    admin.post("/admin/shop", WRITTEN)
    assert LOGO.search(shopper.get("/cart").text)


def test_a_product_that_changes_takes_the_logo_from_nobody(admin: AdminBrowser, shopper: Shopper) -> None:
    """Then the pictures that nobody shows any more are deleted."""
    admin.post("/admin/shop", WRITTEN | {"logo": file(picture("PNG"))})
    save(admin, NEW)
    assert save(admin, f"/admin/products/{saved('moka-pot').id}", shown_stock="7").status_code == 303
    found = LOGO.search(shopper.get("/cart").text)
    assert found
    assert shopper.get(found[1]).status_code == 200


def test_a_logo_that_is_removed_is_gone(admin: AdminBrowser, shopper: Shopper) -> None:
    admin.post("/admin/shop", WRITTEN | {"logo": file(picture("PNG"))})
    assert admin.post("/admin/shop/logo/remove").status_code == 303
    assert "favicon" in shopper.get("/cart").text
    assert db.session.query(Picture).count() == 0
    assert "Made to last" in shopper.get("/cart").text


@pytest.mark.parametrize("sent", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", picture("PNG")[:60], b"GIF89a"])
def test_only_raster_pictures_are_logos(admin: AdminBrowser, shopper: Shopper, sent: bytes) -> None:
    answer = admin.post("/admin/shop", {"name": "Other", "slogan": "", "logo": file(sent)})
    assert answer.status_code == 422
    assert "favicon" in shopper.get("/cart").text
    assert db.session.query(Picture).count() == 0


def test_a_logo_that_came_with_a_wrong_name_is_asked_for_once_more(admin: AdminBrowser) -> None:
    answer = admin.post("/admin/shop", {"name": "x" * 61, "slogan": "", "logo": file(picture("PNG"))})
    assert answer.status_code == 422
    assert "Please choose the logo once more." in answer.text


def test_what_was_written_is_there_to_be_changed(admin: AdminBrowser) -> None:
    admin.post("/admin/shop", WRITTEN)
    page = admin.get("/admin/shop").text
    assert 'value="Pots &amp; Pans"' in page
    assert 'value="Made to last"' in page


def test_another_process_knows_it_a_few_seconds_later(
    admin: AdminBrowser, settings: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_app(settings, sandbox)
    monkeypatch.setattr(identity, "KNOWN_FOR", float("inf"))
    assert name_at(other) == "SmartCart"
    admin.post("/admin/shop", WRITTEN)
    assert name_at(other) == "SmartCart"
    monkeypatch.setattr(identity, "KNOWN_FOR", 0)
    assert name_at(other) == "Pots & Pans"


def test_a_database_that_is_away_takes_the_name_from_nobody(
    admin: AdminBrowser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.post("/admin/shop", WRITTEN)
    monkeypatch.setattr(identity, "KNOWN_FOR", 0)
    with app.app_context(), writing():
        db.session.execute(text("ALTER TABLE shop_identity RENAME TO away"))
    assert name_at(app) == "Pots & Pans"


def name_at(app: Flask) -> str:
    name: str = app.extensions["shop_identity"]().name
    return name
