"""POST session/:id/pay: the first attempt."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask

from smartcart import clock
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from tests.payments.on_record import attempts
from tests.support.caller import Caller, by_cookie
from tests.support.databases import ON_BOTH
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_paying_answers_at_once_and_charges_once(
    merchant: Caller, sandbox: Sandbox, reached: Reached, answer_now: Event
) -> None:
    session = merchant.create()["id"]
    response = merchant.pay(session)
    assert response.status_code == 202
    shown = response.get_json()
    assert (shown["status"], shown["money"], shown["attempts"]) == ("processing", "checking", 1)
    assert shown["can_retry"] is False
    answer_now.set()
    reached(session, "completed")
    assert merchant.session(session)["money"] == "taken"
    assert [charge.session for charge in sandbox.charges()] == [session]


def test_a_shopper_pays_through_the_api(shopper: Shopper, customer: Caller, reached: Reached) -> None:
    session = shopper.order()
    assert customer.pay(session).status_code == 202
    assert reached(session, "completed").money == "taken"


def test_an_unknown_way_to_pay_is_refused_and_no_attempt_counted(merchant: Caller) -> None:
    session = merchant.create()["id"]
    unknown = {
        **dict.fromkeys(("visa", "sandbox_approve ", "SANDBOX_APPROVE"), "unknown_method"),
        "4242424242424242": "card_number",
    }
    for method, code in unknown.items():
        response = merchant.pay(session, method)
        assert (response.status_code, response.get_json()["code"]) == (422, code)
        assert method not in response.text
    assert attempts(session) == []
    assert merchant.session(session)["version"] == 1


def test_a_wrong_body_is_refused_with_the_field(merchant: Caller) -> None:
    session = merchant.create()["id"]
    for body in ({}, {"method": None}, {"method": 1}, {"method": ""}, {"method": "x" * 81}, {"method": "\ud800"}):
        response = merchant.post(f"/session/{session}/pay", body)
        assert response.status_code == 422, body
        assert [wrong["field"] for wrong in response.get_json()["errors"]] == ["method"]
    assert merchant.session(session)["attempts"] == 0


def test_a_second_attempt_is_refused_while_one_is_under_way(merchant: Caller, answer_now: Event) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    refused = merchant.pay(session)
    assert refused.status_code == 409
    assert refused.mimetype == "application/problem+json"
    problem = refused.get_json()
    assert (problem["code"], problem["money"], problem["status"]) == ("in_progress", "checking", 409)
    assert problem["type"] == "urn:smartcart:problem:in_progress"
    assert problem["title"] == "Conflict"


def test_paying_is_refused_while_nobody_knows(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_timeout")
    reached(session, "checking")
    problem = merchant.pay(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "outcome_unknown", "checking")
    assert "fail" not in problem["detail"]


@ON_BOTH
def test_twenty_parallel_calls_make_one_attempt(
    app: Flask, shopper: Shopper, sandbox: Sandbox, reached: Reached, answer_now: Event
) -> None:
    session = shopper.order()
    headers = by_cookie(shopper).headers()
    customer = Caller(shopper.client, lambda: headers)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: customer.pay(session), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    answer_now.set()
    reached(session, "completed")
    assert len(attempts(session)) == 1
    assert len(list(sandbox.charges())) == 1


def test_paying_after_the_time_is_over_is_refused_with_410(merchant: Caller) -> None:
    session = merchant.create()["id"]
    clock.freeze(queries.find(session).expires_at)
    problem = merchant.pay(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (410, "expired", "not_taken")
    assert attempts(session) == []


def test_paying_what_is_over_is_refused_as_closed(merchant: Caller, reached: Reached) -> None:
    cancelled, paid = merchant.create("A-1")["id"], merchant.create("A-2")["id"]
    merchant.post(f"/session/{cancelled}/cancel")
    merchant.pay(paid)
    reached(paid, "completed")
    for session, money in ((cancelled, "not_taken"), (paid, "taken")):
        problem = merchant.pay(session).get_json()
        assert (problem["status"], problem["code"], problem["money"]) == (409, "closed", money)


def test_a_line_that_is_too_long_is_told_and_costs_no_attempt(
    app: Flask, merchant: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = merchant.create()["id"]
    with monkeypatch.context() as full:
        full.setattr(app.extensions["smartcart"].pool, "_threads", 0)
        full.setattr(app.extensions["smartcart"].pool, "_longest_line", 0)
        response = merchant.pay(session)
    assert (response.status_code, response.get_json()["code"]) == (503, "busy")
    assert response.headers["Retry-After"] == "2"
    assert merchant.session(session)["attempts"] == 0
    assert merchant.pay(session).status_code == 202


def test_without_a_csrf_token_a_browser_starts_nothing(shopper: Shopper) -> None:
    session = shopper.order()
    for headers in ({}, {"X-CSRFToken": "wrong"}, {"X-CSRFToken": ""}):
        response = Caller(shopper.client, lambda sent=headers: sent).pay(session)
        assert (response.status_code, response.get_json()["code"]) == (400, "csrf")
    assert attempts(session) == []


def test_another_browsers_csrf_token_is_no_token(app: Flask, shopper: Shopper, customer: Caller) -> None:
    session = shopper.order()
    stranger = by_cookie(Shopper(app.test_client()))
    response = Caller(shopper.client, stranger.headers).pay(session)
    assert (response.status_code, response.get_json()["code"]) == (400, "csrf")
    assert customer.session(session)["attempts"] == 0
