"""Who pays sees that the sum is set aside, on every device and in the API, and is offered no second payment."""

from flask import Flask

from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.queries import find, standing
from smartcart.payments.flow import gateway_calls
from smartcart.rules.payment_states import State
from tests.payments.paying import set_aside
from tests.support.caller import by_cookie, by_key
from tests.support.shopper import Shopper


def test_the_page_says_that_nothing_is_taken_yet_and_offers_to_cancel_and_not_to_pay(shopper: Shopper) -> None:
    session = set_aside(shopper.order())
    page = shopper.get(f"/pay/{session}").text
    assert 'data-state="authorized"' in page
    assert 'data-money="reserved"' in page
    assert "nothing is taken until the shop has looked, by" in page
    assert 'data-testid="cancel"' in page
    assert "Locked for now, so that you cannot pay twice." in page
    assert "Attempt 1 of 3" in page


def test_the_poll_says_the_same(shopper: Shopper) -> None:
    session = set_aside(shopper.order())
    assert 'data-money="reserved"' in shopper.get(f"/pay/{session}/status").text


def test_who_cancels_there_is_told_that_nothing_was_taken(shopper: Shopper) -> None:
    session = set_aside(shopper.order())
    shopper.post(f"/pay/{session}/cancel")
    assert find(session).state is State.CANCELLED
    page = shopper.get(f"/pay/{session}").text
    assert "Cancelled. Nothing was taken" in page
    assert "The sum is no longer set aside. Your bank may show it for some days more, up to 10 business days" in page


def test_what_lapsed_says_so_on_the_page_the_poll_and_the_statement(shopper: Shopper, sandbox: Sandbox) -> None:
    session = set_aside(shopper.order())
    sandbox.close(standing(session).handle)
    gateway_calls.ask(session, "gateway")
    for page in ("", "/status", "/statement"):
        assert "The sum is no longer set aside." in shopper.get(f"/pay/{session}{page}").text
    assert "The bank had set this sum aside until" in shopper.get(f"/pay/{session}/statement").text


def test_of_what_was_never_set_aside_nobody_says_that_it_was(shopper: Shopper) -> None:
    session = shopper.order()
    shopper.post(f"/pay/{session}/cancel")
    assert "set aside" not in shopper.get(f"/pay/{session}").text
    assert by_cookie(shopper).session(session)["released"] is None


def test_the_api_says_reserved_and_begins_no_other_attempt(app: Flask, shopper: Shopper) -> None:
    session = set_aside(shopper.order())
    api = by_cookie(shopper)
    shown = api.session(session)
    assert (shown["status"], shown["money"], shown["can_retry"]) == ("authorized", "reserved", False)
    problem = api.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "in_progress", "reserved")


def test_a_merchants_system_is_told_of_it(app: Flask) -> None:
    merchant = by_key(app)
    session = set_aside(merchant.create()["id"])
    merchant_feed.give_numbers()
    told = merchant.get("/events").get_json()["events"]
    assert [event["type"] for event in told] == ["payment.opened", "payment.authorized"]
    assert told[-1]["data"]["session"]["money"] == "reserved"
    assert (
        by_key(app, "the office", is_admin=True)
        .get("/sessions/active?status=authorized")
        .get_json()["sessions"][0]["id"]
        == session
    )


def test_a_shop_page_tells_of_it(shopper: Shopper) -> None:
    set_aside(shopper.order())
    assert "the sum is set aside, and nothing is taken yet" in shopper.get("/").text


def test_no_statement_of_no_charge_is_given_while_it_is_set_aside(shopper: Shopper) -> None:
    session = set_aside(shopper.order())
    assert shopper.get(f"/pay/{session}/statement").status_code == 409
