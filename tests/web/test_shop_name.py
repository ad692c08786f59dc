"""The shop has a name of its own on every page, and in the news of a poll."""

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.support.shopper import Shopper


@pytest.fixture
def named(settings: Settings, sandbox: Sandbox) -> Flask:
    return create_app(settings.model_copy(update={"shop_name": "Pots & Pans"}), sandbox)


def test_every_page_bears_the_shops_name_and_no_other(named: Flask) -> None:
    with named.app_context():
        shopper = Shopper(named.test_client())
        session = shopper.order()
        shopper.put_into_cart()
        pages = ["/", "/cart", "/checkout", "/nowhere", f"/pay/{session}", f"/pay/{session}/status", "/admin/login"]
        for path in [*pages, f"/pay/{session}/status?seen=0&"]:
            page = shopper.get(path).text
            assert " · Pots &amp; Pans</title>" in page, path
            assert "SmartCart" not in page, path
