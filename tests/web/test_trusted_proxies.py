"""Behind proxies: whose word is believed, and what the shop makes of it."""

import tracemalloc
from collections.abc import Sequence

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.rules.proxies import Network, networks
from smartcart.web.trusted_proxies import caller_of
from tests.support.caller import CHARGE, by_key

SHOPPER = "198.51.100.7"
FORWARDED = {"X-Forwarded-For": SHOPPER, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example"}


@pytest.fixture
def behind_proxy(settings: Settings, sandbox: Sandbox) -> Flask:
    return create_app(settings.model_copy(update={"trusted_proxies": "127.0.0.1/32,10.0.0.0/8"}), sandbox)


def test_scheme_and_host_are_those_that_the_shopper_used(behind_proxy: Flask) -> None:
    answer = behind_proxy.test_client().get("/", headers=FORWARDED)
    assert "Strict-Transport-Security" in answer.headers
    with behind_proxy.app_context():
        merchant = by_key(behind_proxy)
        created = merchant.send("POST", "/session/create", FORWARDED, json={"reference": "A-1", **CHARGE}).get_json()
    assert created["pay_url"].startswith("https://shop.example/pay/")


def test_the_same_from_elsewhere_is_ignored(behind_proxy: Flask) -> None:
    client = behind_proxy.test_client()
    answer = client.get("/", headers=FORWARDED, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert "Strict-Transport-Security" not in answer.headers


def test_by_default_nobody_is_trusted(app: Flask) -> None:
    assert "Strict-Transport-Security" not in app.test_client().get("/", headers=FORWARDED).headers


def test_a_poll_goes_the_same_way(behind_proxy: Flask) -> None:
    """It is answered before Flask begins."""
    client = behind_proxy.test_client()
    with behind_proxy.app_context():
        session = by_key(behind_proxy, "a merchant").post("/session/create", {"reference": "A-1", **CHARGE}).get_json()
    for headers, is_secure in ((FORWARDED, True), ({}, False)):
        answer = client.get(f"/pay/{session['id']}/status?seen=1", headers=headers)
        assert (answer.status_code, "Strict-Transport-Security" in answer.headers) == (204, is_secure)


@pytest.mark.parametrize("trusted", [(), networks("127.0.0.1")])
@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST"])
def test_what_anybody_writes_of_who_asks_is_not_remembered_however_long(
    trusted: Sequence[Network], header: str
) -> None:
    caller = caller_of(trusted)
    tracemalloc.start()
    try:
        for number in range(100):
            assert caller({"REMOTE_ADDR": "127.0.0.1", header: str(number) + "." * 50_000}) == "127.0.0.1"
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
