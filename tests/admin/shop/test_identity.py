"""The shop's name and slogan, as its owner writes them."""

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.shop import identity
from tests.admin.browser import AdminBrowser
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper

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
