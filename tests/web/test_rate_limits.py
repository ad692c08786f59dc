"""Too many requests: for each shopper and address, for what is done and not for what is read."""

from contextvars import Context

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart import create_app
from smartcart.config import Settings
from tests.payments.on_record import attempts
from tests.support.caller import API, CHARGE, Caller, by_cookie, by_key
from tests.support.refused import refusal
from tests.support.shopper import Shopper, product

LIMIT = 5
# Placing the order was the shopper's first act.
LEFT = LIMIT - 1


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit": f"{LIMIT} per minute"})


def test_one_press_too_many_is_told_to_wait_on_the_page_itself(shopper: Shopper) -> None:
    session = shopper.order()
    answers = [_extend(shopper, session) for _ in range(LEFT + 1)]
    assert [refusal(answer) for answer in answers] == [""] * LEFT + ["TooFast"]
    assert "wait a moment" in shopper.get(answers[-1].location or "").text


def test_elsewhere_one_request_too_many_is_429_with_the_time_to_wait(shopper: Shopper) -> None:
    product(stock=2 * LIMIT)
    answers = [shopper.put_into_cart() for _ in range(LIMIT + 2)]  # the first was a newcomer's
    assert [answer.status_code for answer in answers[:LIMIT]] == [303] * LIMIT
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.mimetype == "text/html"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert "wait a moment" in refused.text


def test_under_the_api_it_is_a_problem(shopper: Shopper) -> None:
    session = shopper.order()
    customer = by_cookie(shopper)
    for _ in range(LEFT):
        assert customer.post(f"/session/{session}/complete").status_code == 409
    refused = customer.pay(session)
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    problem = refused.get_json()
    assert (problem["code"], problem["status"]) == ("too_many_requests", 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert attempts(session) == []


def test_answers_within_the_limit_ask_nobody_to_wait(shopper: Shopper) -> None:
    session = shopper.order()
    for answer in (_extend(shopper, session), by_cookie(shopper).pay(session), shopper.get("/")):
        assert answer.status_code < 400
        assert "Retry-After" not in answer.headers


def test_reading_is_not_limited(shopper: Shopper) -> None:
    session = shopper.order()
    for path in ("/", "/cart", f"/pay/{session}", f"/pay/{session}/status?seen=1", f"{API}/session/{session}"):
        for _ in range(3 * LIMIT):
            assert shopper.get(path).status_code in (200, 204)


def test_coming_back_from_the_bank_is_limited_because_the_gateway_is_asked(shopper: Shopper) -> None:
    session = shopper.order()
    answers = [shopper.get(f"/pay/{session}/return") for _ in range(LIMIT + 1)]
    assert [refusal(answer) for answer in answers] == [""] * LIMIT + ["TooFast"]


def test_all_that_a_shopper_does_counts_together(shopper: Shopper) -> None:
    session = shopper.order()
    customer = by_cookie(shopper)
    acts = [
        shopper.put_into_cart,
        lambda: _extend(shopper, session),
        lambda: customer.post(f"/session/{session}/interrupt", {"kind": "timeout"}),
        shopper.check_out,
    ]
    assert not any(_is_refused(act()) for act in acts)
    assert all(_is_refused(act()) for act in acts)


def test_another_shopper_at_the_same_address_is_not_held_up(app: Flask, shopper: Shopper) -> None:
    session, other = shopper.order(), Shopper(app.test_client())
    of_other = other.order()
    for _ in range(LIMIT + 1):
        _extend(shopper, session)
    assert refusal(_extend(shopper, session)) == "TooFast"
    assert refusal(_extend(other, of_other)) == ""


def test_the_same_shopper_at_another_address_is_not_held_up(shopper: Shopper) -> None:
    session = shopper.order()
    for _ in range(LIMIT + 1):
        _extend(shopper, session)
    assert refusal(_extend(shopper, session, "203.0.113.7")) == ""


def test_throwing_the_cookie_away_does_not_help(app: Flask) -> None:
    answers = []
    for _ in range(LIMIT + 1):
        newcomer = Shopper(app.test_client())
        answers.append(newcomer.put_into_cart().status_code)
    assert answers == [303] * LIMIT + [429]


def test_a_header_of_the_visitor_makes_no_other_address(shopper: Shopper) -> None:
    session = shopper.order()
    answers = []
    for number in range(LEFT + 1):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        answers.append(refusal(shopper.post(f"/pay/{session}/extend", headers=headers)))
    assert answers == [""] * LEFT + ["TooFast"]


def test_a_program_with_a_key_is_not_limited(app: Flask) -> None:
    merchant = by_key(app)
    for number in range(3 * LIMIT):
        assert merchant.post("/session/create", {"reference": f"A-{number}", **CHARGE}).status_code == 201


def test_a_program_with_a_key_that_is_none_is_limited(app: Flask) -> None:
    guessing = Caller(app.test_client(), lambda: {"Authorization": "Bearer sk_guess"})
    answers = [guessing.post("/session/create").status_code for _ in range(LIMIT + 1)]
    assert answers == [401] * LIMIT + [429]


def test_off_is_off(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"rate_limit": "off"}))
    with app.app_context():
        shopper = Shopper(app.test_client())
        session = shopper.order()
        for _ in range(8):
            assert refusal(_extend(shopper, session)) == ""


def _is_refused(answer: TestResponse) -> bool:
    return answer.status_code == 429 or refusal(answer) == "TooFast"


def _extend(shopper: Shopper, session: str, address: str = "127.0.0.1") -> TestResponse:
    form = {"csrf_token": shopper.token()}
    path = f"/pay/{session}/extend"
    return Context().run(shopper.client.post, path, data=form, environ_overrides={"REMOTE_ADDR": address})
