"""A sum that is set aside is shown as taken nowhere: one payment, and all who tell of it."""

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from smartcart import clock
from smartcart.analytics import keeping
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.queries import find
from tests.admin.browser import AdminBrowser
from tests.payments.paying import set_aside
from tests.support.caller import by_cookie, by_key
from tests.support.shopper import Shopper
from tests.support.visitor import words

UTC = ZoneInfo("UTC")
TAKEN = re.compile(r"\bpaid\b(?! twice)|your money was taken|money was taken once|receipt", re.IGNORECASE)
# The shop's slogan, and sentences by which nothing has moved.
DENIED = re.compile(r"paid once, or not at all|not paid|pay twice|nothing (is|was) taken|not taken", re.IGNORECASE)


@pytest.fixture
def held(shopper: Shopper) -> str:
    return set_aside(shopper.order())


def says_taken(page: str) -> list[str]:
    """What a page says of the payment in words by which money would have moved."""
    return TAKEN.findall(DENIED.sub("", words(page)))


def exported(admin: AdminBrowser, what: str) -> list[dict[str, str]]:
    today = clock.now().date()
    text = admin.get(f"/admin/exports/file.csv?what={what}&first={today}&last={today}").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_not_to_the_shopper(shopper: Shopper, held: str) -> None:
    order = find(held).order
    assert order is not None
    for path in ("/", f"/pay/{held}", f"/pay/{held}/status", f"/orders/{order.token}"):
        page = shopper.get(path).text
        assert says_taken(page) == [], path
    assert [each.kind for each in effects.of_session(held)] == [EffectKind.HELD]


def test_not_to_programs(app: Flask, shopper: Shopper, held: str, sandbox: Sandbox) -> None:
    assert by_cookie(shopper).session(held)["money"] == "reserved"
    merchant = by_key(app)
    theirs = set_aside(merchant.create()["id"])
    merchant_feed.give_numbers()
    told = merchant.get("/events").get_json()["events"]
    assert [event["type"] for event in told] == ["payment.opened", "payment.authorized"]
    assert merchant.post(f"/session/{theirs}/complete").get_json()["code"] == "not_paid"
    assert merchant.summary(theirs)["session"]["money"] == "reserved"
    assert [charge.is_taken for charge in sandbox.charges()] == [False, False]


def test_not_in_the_books_that_the_owner_keeps(admin: AdminBrowser, held: str) -> None:
    keeping.keep_up(UTC)
    rows = exported(admin, "orders") + exported(admin, "payments")
    assert not [value for row in rows for value in row.values() if value.lower() in ("paid", "taken", "completed")]
    assert held not in admin.get("/admin/payments?money=taken").text
    assert held in admin.get("/admin/payments?money=reserved").text
    assert (find(held).order_reference or "") not in admin.get("/admin/orders/to-pack").text


def test_not_in_the_figures(admin: AdminBrowser, held: str) -> None:
    keeping.keep_up(UTC)
    sections = admin.get("/admin/analytics.json").get_json()["sections"]
    rows = [row for section in sections for row in section["rows"]]
    assert {row["name"]: row["now"] for row in rows if row["name"] in ("opened", "paid")} == {"opened": 1, "paid": 0}
    assert [row for row in rows if row["unit"] == "money" and row["now"]] == []


def test_not_where_it_is_searched_nor_on_its_order(admin: AdminBrowser, held: str) -> None:
    number = find(held).order_reference
    found = admin.post("/admin/search", {"q": number})
    assert "Set aside, not taken" in admin.get(found.headers["Location"]).text
    for address in (found.headers["Location"], f"/admin/orders/{number}"):
        assert "Give money back" not in admin.get(address).text, address
