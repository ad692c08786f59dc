"""The orders: what was ordered, by whom, and how it was paid."""

import re

import pytest

from smartcart.payments.flow import desk
from smartcart.rules.payment_states import State
from tests.admin.browser import AdminBrowser
from tests.admin.payments.test_monitor import settled
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper


def orders_on(html: str) -> list[str]:
    return re.findall(r'data-order="([^"]+)"', html)


def test_an_empty_shop_has_no_orders(admin: AdminBrowser) -> None:
    assert "There are no orders yet." in admin.read("/admin/orders")


@ON_BOTH
def test_the_newest_order_stands_first(admin: AdminBrowser, shopper: Shopper) -> None:
    shopper.order()
    shopper.order()
    assert orders_on(admin.get("/admin/orders").text) == ["SC-1002", "SC-1001"]
    assert "SC-1002 Open Ada Lovelace ada@example.org €42.00" in admin.read("/admin/orders")


def test_orders_are_filtered_by_their_status(admin: AdminBrowser, shopper: Shopper) -> None:
    paid, given_up = shopper.order(), shopper.order()
    shopper.pay(paid)
    settled(paid, State.COMPLETED)
    desk.cancel(given_up, "shopper")
    assert orders_on(admin.get("/admin/orders?status=paid").text) == ["SC-1001"]
    assert orders_on(admin.get("/admin/orders?status=unpaid").text) == ["SC-1002"]
    assert "There is no such order." in admin.read("/admin/orders?status=refunded")
    assert admin.get("/admin/orders?status=nonsense").status_code == 404


@ON_BOTH
def test_many_orders_come_in_pages(admin: AdminBrowser, shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcart.admin.long_lists.PAGE", 2)
    for _ in range(3):
        shopper.order()
    first = admin.get("/admin/orders?status=open").text
    assert orders_on(first) == ["SC-1003", "SC-1002"]
    older = re.search(r'href="([^"]*before=[^"]+)"', first)
    assert older
    second = admin.get(older[1].replace("&amp;", "&")).text
    assert orders_on(second) == ["SC-1001"]
    assert "Older ones" not in second


@pytest.mark.parametrize("before", ["nonsense", "-1", "9" * 40, "-" + "9" * 40, ""])
def test_a_page_that_is_none_is_no_error(admin: AdminBrowser, shopper: Shopper, before: str) -> None:
    shopper.order()
    assert admin.get(f"/admin/orders?before={before}").status_code == 200


def test_an_order_is_shown_with_its_lines_its_shopper_and_its_payments(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order(quantity=2)
    page = admin.get("/admin/orders/SC-1001")
    shown = admin.read("/admin/orders/SC-1001")
    for part in ("2 × Teapot at €42.00", "€84.00", "Ada Lovelace", "ada@example.org", "Open", "0 of 3"):
        assert part in shown
    assert f'href="/admin/sessions/{session}"' in page.text


@pytest.mark.parametrize("unknown", ["SC-9999", "x", "%00", "x" * 300, "%F0%9F%92%B6"])
def test_an_unknown_order_is_not_found(admin: AdminBrowser, unknown: str) -> None:
    assert admin.get(f"/admin/orders/{unknown}").status_code == 404
