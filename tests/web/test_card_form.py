"""The payment page opens itself to Stripe's hosts, as far as its card form needs; no other page does."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask, current_app
from werkzeug.test import TestResponse

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.doctor import scripts
from smartcart.gateways.stripe.gateway import HOSTS
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import recovery_links
from smartcart.web.security import HEADERS, POLICY
from smartcart.web.static_files import HASHED
from tests.support.databases import write_into
from tests.support.refused import refusal
from tests.support.shopper import Shopper

# Nobody is there: to show its pages the shop asks Stripe nothing.
NOWHERE = "http://127.0.0.1:9"
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:")
BANNER = "no real money moves"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(_at_stripe(settings, "test"))
    with app.app_context():
        yield app


@pytest.fixture
def session(shopper: Shopper) -> str:
    return shopper.order()


def test_only_while_there_is_something_to_pay_the_payment_page_is_open_to_stripe(
    app: Flask, shopper: Shopper, session: str
) -> None:
    page = f"/pay/{session}"
    opened = _policy(shopper.get(page))
    for directive, hosts in HOSTS.items():
        own = [POLICY[directive]] if directive in POLICY else []
        assert opened.pop(directive).split() == [*own, *hosts]
    assert opened.items() <= POLICY.items()
    assert "unsafe" not in str(opened)
    for path in ("/", "/cart", "/checkout", f"{page}/status", f"{page}/status?seen=0", "/pay/nowhere", "/admin/login"):
        assert _policy(shopper.get(path)) == POLICY, path
    assert shopper.post(f"{page}/cancel").status_code == 303
    assert _policy(shopper.get(page)) == POLICY
    assert "stripe" not in shopper.get(page).text


@pytest.mark.parametrize("gateway", ["stripe", "sandbox"])
def test_the_doctor_lists_every_script_of_the_page_and_no_other(settings: Settings, gateway: str) -> None:
    with create_app(_at_stripe(settings, "test") if gateway == "stripe" else settings).app_context():
        shopper = Shopper(current_app.test_client())
        page = shopper.get(f"/pay/{shopper.order()}").text
        browser = runtime().gateway.browser
        told = scripts.check(current_app, browser).found
    run = [HASHED.sub(r"\1\3", path) for path in re.findall(r'<script src="([^"]+)"', page)]
    assert sorted(run) == sorted(scripts.of_page(browser))
    assert all(f"{name} (" in told for name in run)
    assert len(re.findall(r"sha256 [0-9a-f]{64}\)", told)) == len(run)
    assert ("https://js.stripe.com/" in told) == (gateway == "stripe")


def test_the_page_has_stripes_script_and_the_key_that_may_be_seen(shopper: Shopper, session: str) -> None:
    page = shopper.get(f"/pay/{session}")
    assert 'data-script="https://js.stripe.com/' in page.text
    assert 'data-key="pk_test_of_a_shop"' in page.text
    assert 'data-amount="4200"' in page.text
    assert "sk_test" not in page.text
    assert not INLINE.search(page.text)
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    others = set(HEADERS) - {"Content-Security-Policy", "Cross-Origin-Opener-Policy"}
    assert {name: page.headers[name] for name in others} == {name: HEADERS[name] for name in others}


def test_by_a_link_the_page_is_open_to_stripe_too_and_stripe_sends_back_to_the_link(
    shopper: Shopper, session: str
) -> None:
    address = f"/resume/{recovery_links.token(session, clock.now())}"
    page = shopper.get(address)
    assert _policy(page) == _policy(shopper.get(f"/pay/{session}"))
    assert f'data-return-url="http://localhost{address}/return"' in page.text
    assert session not in page.text
    assert "keep" not in page.text


def test_an_amount_is_told_as_stripe_counts_it(shopper: Shopper, database: str, session: str) -> None:
    """Three decimals, as https://docs.stripe.com/currencies has them; two more for a króna without any."""
    for amount, currency, told in ((4200, "JPY", 4200), (4200, "ISK", 420000), (4200, "KWD", 4200)):
        write_into(database, "update payment_session set amount = ?, currency = ?", amount, currency)
        assert f'data-amount="{told}"' in shopper.get(f"/pay/{session}").text, currency


def test_the_banks_question_is_in_the_page_and_in_the_poll_while_it_is_open(
    shopper: Shopper, database: str, session: str
) -> None:
    change = (
        "update payment_session set state = ?, attempts = 1, action_secret = 'pi_1_secret_2', version = version + 1"
    )
    for state, is_asked in (("action_required", True), ("checking", False), ("interrupted", False)):
        write_into(database, change, state)
        for path in (f"/pay/{session}", f"/pay/{session}/status"):
            assert ('data-secret="pi_1_secret_2"' in shopper.get(path).text) is is_asked, f"{state} {path}"


def test_a_form_without_a_token_is_told_what_was_missing(shopper: Shopper, session: str) -> None:
    refused = shopper.pay(session, "")
    assert refusal(refused) == "NothingToPayWith"
    page = shopper.get(refused.location or "").text
    assert "no payment was begun" in page
    assert 'data-attempts="0"' in page


@pytest.mark.parametrize(("mode", "is_test"), [("test", True), ("live", False)])
def test_with_test_keys_every_page_says_that_no_real_money_moves(settings: Settings, mode: str, is_test: bool) -> None:
    app = create_app(_at_stripe(settings, mode))
    with app.app_context():
        shopper = Shopper(app.test_client())
        for path in ("/", "/cart", f"/pay/{shopper.order()}"):
            assert (BANNER in shopper.get(path).text) is is_test, path


def _at_stripe(settings: Settings, mode: str) -> Settings:
    keys = {"stripe_secret_key": f"sk_{mode}_of_a_shop", "stripe_publishable_key": f"pk_{mode}_of_a_shop"}
    return settings.model_copy(update={"gateway": "stripe", "stripe_api_base": NOWHERE, **keys})


def _policy(response: TestResponse) -> dict[str, str]:
    return dict(rule.strip().split(" ", 1) for rule in response.headers["Content-Security-Policy"].split(";"))
