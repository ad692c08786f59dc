"""GET session/:id."""

from collections.abc import Callable
from datetime import timedelta
from types import NoneType
from typing import Any

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.core.gateway_pool import GatewayPool
from smartcart.payments.core.models import PaymentSession
from tests.payments.on_record import attempts
from tests.support.caller import Caller, by_cookie, by_key
from tests.support.shopper import Shopper

Reached = Callable[..., PaymentSession]

# The contract's example, field by field.
TYPES: dict[str, Any] = {
    "id": str,
    "status": str,
    "money": str,
    "order": str,
    "user": str,
    "amount": int,
    "currency": str,
    "attempts": int,
    "max_attempts": int,
    "can_retry": bool,
    "retry_at": (str, NoneType),
    "version": int,
    "created_at": str,
    "expires_at": str,
    "expired": bool,
    "interruption": (dict, NoneType),
    "pay_url": str,
}


def test_a_session_has_every_field_of_the_contract_with_its_type(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()
    merchant.pay(session["id"], "sandbox_unreachable")
    reached(session["id"], "interrupted")
    for shown in (session, merchant.session(session["id"])):
        wrong = {name: shown.get(name) for name, kind in TYPES.items() if not isinstance(shown[name], kind)}
        assert wrong == {}


def test_moments_are_utc_in_whole_seconds_and_the_session_lives_for_15_minutes(merchant: Caller) -> None:
    session = merchant.create()
    kept = queries.find(session["id"])
    assert session["created_at"] == kept.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert session["expires_at"] == kept.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert kept.expires_at - kept.created_at == timedelta(minutes=15)


def test_an_interruption_says_what_happened_and_when(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    assert merchant.session(session)["interruption"] is None
    merchant.pay(session, "sandbox_timeout")
    reached(session, "checking")
    shown = merchant.session(session)
    assert shown["status"] == "checking"
    assert shown["money"] == "checking"
    assert shown["can_retry"] is False
    assert shown["interruption"]["kind"] == "timeout"
    assert shown["interruption"]["message"] == "The payment service did not answer in time."
    assert shown["interruption"]["at"] >= shown["created_at"]


def test_a_network_error_that_charged_nothing_announces_its_retry(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_unreachable")
    reached(session, "interrupted")
    shown = merchant.session(session)
    assert shown["retry_at"] is not None
    assert shown["can_retry"] is True
    assert shown["money"] == "not_taken"


def test_an_unchanged_session_is_answered_with_304_and_nothing_else(merchant: Caller) -> None:
    session = merchant.create()["id"]
    first = merchant.get(f"/session/{session}")
    again = merchant.get(f"/session/{session}", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_changed_session_is_answered_in_full(merchant: Caller) -> None:
    session = merchant.create()["id"]
    seen = merchant.get(f"/session/{session}").headers["ETag"]
    merchant.post(f"/session/{session}/interrupt", {"kind": "browser_closed"})
    now = merchant.get(f"/session/{session}", If_None_Match=seen)
    assert now.status_code == 200
    assert now.headers["ETag"] != seen
    assert now.get_json()["version"] == 2


def test_a_session_that_ran_out_of_time_is_never_304_though_nothing_was_written(
    merchant: Caller, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    kept = reached(session, "interrupted")
    seen = merchant.get(f"/session/{session}").headers["ETag"]
    monkeypatch.setattr(GatewayPool, "run", lambda pool, work: None)  # as when every gateway thread is busy
    clock.freeze(kept.expires_at)
    now = merchant.get(f"/session/{session}", If_None_Match=seen)
    assert now.status_code == 200
    assert now.get_json()["expired"] is True
    assert now.get_json()["can_retry"] is False


def test_a_session_past_its_time_is_expired_when_it_is_read(merchant: Caller) -> None:
    session = merchant.create()["id"]
    clock.freeze(queries.find(session).expires_at)
    shown = merchant.session(session)
    assert shown["status"] == "expired"
    assert shown["expired"] is True
    assert shown["can_retry"] is False
    assert shown["money"] == "not_taken"


def test_a_session_may_not_be_kept_by_caches(merchant: Caller) -> None:
    session = merchant.create()["id"]
    assert merchant.get(f"/session/{session}").headers["Cache-Control"] == "private, no-cache"
    assert merchant.get(f"/session/{session}/summary").headers["Cache-Control"] == "no-store"


def test_attempts_shown_are_the_attempts_on_record(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    for number in (1, 2):
        merchant.resume(session, "sandbox_decline")
        reached(session, "interrupted")
        assert merchant.session(session)["attempts"] == len(attempts(session)) == number
        assert f"Attempt {number} of 3" in merchant.client.get(f"/pay/{session}").text


@pytest.mark.parametrize("call", ["", "/summary"])
def test_somebody_elses_session_does_not_exist(app: Flask, shopper: Shopper, merchant: Caller, call: str) -> None:
    of_shopper, of_merchant = shopper.order(), merchant.create()["id"]
    stranger = Shopper(app.test_client())
    stranger.put_into_cart()
    other = by_key(app, "another merchant")
    nobody = Caller(app.test_client(), dict)
    asked = [
        (by_cookie(stranger), of_shopper),
        (by_cookie(stranger), of_merchant),
        (by_cookie(shopper), of_merchant),
        (merchant, of_shopper),
        (other, of_merchant),
        (nobody, of_shopper),
        (nobody, of_merchant),
    ]
    for caller, session in asked:
        response = caller.get(f"/session/{session}{call}")
        assert response.status_code == 404
        assert response.get_json()["code"] == "not_found"
        assert response.mimetype == "application/problem+json"


def test_a_shopper_who_is_called_like_a_merchants_customer_does_not_see_their_session(
    app: Flask, shopper: Shopper, merchant: Caller
) -> None:
    owner = queries.find(shopper.order()).owner
    session = merchant.create(user=owner)["id"]
    assert by_cookie(shopper).get(f"/session/{session}").status_code == 404


def test_an_unknown_id_is_404(merchant: Caller, admin: Caller) -> None:
    for session in ("x", "A" * 32, "A" * 33, "A" * 10_000, "%00" * 32, "☃" * 32, "..%2f..%2f", "' or 1=1"):
        for caller in (merchant, admin):
            assert caller.get(f"/session/{session}").status_code == 404, session
