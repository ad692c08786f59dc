"""The log says what happened, and opens no door."""

import logging
from types import SimpleNamespace

import pytest
from flask import Flask

from smartcart import clock
from smartcart.admin.login.passwords import ensure_admin
from smartcart.payments.core import queries
from smartcart.payments.page import recovery_links
from smartcart.shop import orders
from tests.support.caller import CHARGE, by_cookie, by_key
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

PASSWORD = "a password for tests"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_a_whole_purchase_leaves_no_secret_in_the_log(
    app: Flask, shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    wait_for(lambda: queries.find(session).state == "interrupted")
    link = recovery_links.token(session, clock.now())
    for address in (f"/resume/{link}", f"/resume/{link[:-3]}", f"/resume/{link}/return"):
        shopper.get(address)
    shopper.post(f"/resume/{link}/attempts", {"method": "sandbox_lost_reply"})
    wait_for(lambda: queries.find(session).state == "checking")
    customer = by_cookie(shopper)
    customer.post(f"/session/{session}/interrupt", {"kind": "network_error", "detail": "my card 4242424242424242"})
    customer.post(f"/session/{session}/interrupt", {"kind": "network_error", "detail": "the train"})
    wait_for(lambda: queries.find(session).state == "completed")
    merchant = by_key(app)
    of_merchant = merchant.create(return_url="https://shop.example/?token=abcdef")["id"]
    merchant.post(f"/session/{of_merchant}/cancel", Idempotency_Key="an-idempotency-key")
    merchant.get(f"/session/{of_merchant}", Authorization="Bearer sk_wrong")
    ensure_admin(PASSWORD)
    shopper.post("/admin/login", {"name": "admin", "password": PASSWORD + "!"})
    cookie = shopper.cookie()
    order = queries.find(session).order
    assert order
    secrets = {
        "the order's address": order.token,
        "the link back to it": link[:-3],
        "the shopper": order.shopper,
        "the cookie": cookie.value,
        "the cookie's signature": cookie.value.rpartition(".")[2],
        "the CSRF token": shopper.token(),
        "the key": merchant.headers()["Authorization"].removeprefix("Bearer "),
        "the wrong key": "sk_wrong",
        "the password": PASSWORD,
        "the secret key": str(app.config["SECRET_KEY"]),
        "the name": "Lovelace",
        "the e-mail address": "ada@example.org",
        "a card's number": "4242424242424242",
        "the return address": "abcdef",
        "the idempotency key": "an-idempotency-key",
    }
    told = _log(caplog)
    moved = f"payment session {session} of order {order.number} moved from processing to interrupted: declined"
    assert moved in told, "the log says what happened, and to what"
    assert [name for name, secret in secrets.items() if secret in told] == []


@ON_BOTH
def test_a_crash_in_the_database_tells_no_name_and_no_address(
    shopper: Shopper, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL repeats the row that lacks something, with all that is in it."""
    shopper.put_into_cart()
    monkeypatch.setattr(orders, "clock", SimpleNamespace(now=lambda: None))
    response = shopper.check_out()
    assert response.status_code == 500
    assert "placed_at" not in response.text
    assert "placed_at" in _log(caplog)
    assert "Lovelace" not in _log(caplog)
    assert "ada@example.org" not in _log(caplog)


def test_a_crash_in_the_api_is_a_problem_without_internals(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = by_key(app)
    monkeypatch.setattr("smartcart.payments.api.creating.for_merchant", lambda *_: {}["no such thing"])
    response = merchant.post("/session/create", {"reference": "A-1", **CHARGE})
    assert response.status_code == 500
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["code"] == "internal_server_error"
    assert "no such thing" not in response.text
    assert "no such thing" in _log(caplog)


def _log(caplog: pytest.LogCaptureFixture) -> str:
    """All lines, with their traces, and with what was not yet put into them."""
    formatter = logging.Formatter("%(message)s")
    return "\n".join(f"{formatter.format(record)} {record.args}" for record in caplog.records)
