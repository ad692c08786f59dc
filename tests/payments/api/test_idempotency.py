"""`Idempotency-Key`: the same request sent again gets the same answer, and its work is done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.api import creating, idempotency
from smartcart.payments.api.models import KeptAnswer
from smartcart.payments.core.models import PaymentSession
from tests.payments.on_record import attempts, events
from tests.support.caller import CHARGE, Caller, by_cookie, by_key
from tests.support.databases import ON_BOTH
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper

# Each database holds two of one key apart in its own way.
pytestmark = [ON_BOTH, UNHURRIED]

Reached = Callable[..., PaymentSession]

BODY = {"reference": "A-1", **CHARGE}


def test_the_same_request_gets_the_same_answer(merchant: Caller) -> None:
    first = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    session = first.get_json()["id"]
    merchant.post(f"/session/{session}/cancel")
    again = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    assert _answer(again) == _answer(first)
    assert again.status_code == 201
    assert again.location == first.location
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert db.session.query(PaymentSession).count() == 1


def test_the_work_is_done_once(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    answers = []
    for _ in range(2):
        answers.append(_pay(merchant, session, "sandbox_decline"))
        reached(session, "interrupted")
    assert _answer(answers[0]) == _answer(answers[1])
    assert answers[0].status_code == 202
    assert len(attempts(session)) == 1


def test_the_same_key_with_another_body_is_refused(merchant: Caller) -> None:
    merchant.post("/session/create", BODY, Idempotency_Key="k1")
    other = merchant.post("/session/create", {**BODY, "amount": 1}, Idempotency_Key="k1")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_the_same_key_for_another_call_is_refused(merchant: Caller) -> None:
    session, other = merchant.create("A-1")["id"], merchant.create("A-2")["id"]
    first = merchant.post(f"/session/{session}/cancel", Idempotency_Key="k1")
    assert first.status_code == 200
    for path in (f"/session/{session}/complete", f"/session/{other}/cancel"):
        assert merchant.post(path, Idempotency_Key="k1").get_json()["code"] == "idempotency_key_reused"
    assert merchant.session(other)["status"] == "created"


def test_twins_at_the_same_moment_are_one_piece_of_work(
    merchant: Caller, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = merchant.create()["id"]
    note = f"/session/{session}/interrupt"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: merchant.post(note, {"kind": "timeout"}, Idempotency_Key="k1"), range(8)))
    assert {_answer(answer) for answer in answers} == {_answer(answers[0])}
    assert answers[0].status_code == 202
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert merchant.summary(session)["interruptions"] == {"timeout": 1}


def test_keys_belong_to_their_callers(app: Flask, merchant: Caller, shopper: Shopper) -> None:
    other, customer = by_key(app, "another merchant"), by_cookie(shopper)
    session = shopper.order()
    answers = [caller.post("/session/create", BODY, Idempotency_Key="k1") for caller in (merchant, other)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json()["id"] != answers[1].get_json()["id"]
    assert customer.post(f"/session/{session}/cancel", Idempotency_Key="k1").status_code == 200


def test_a_refusal_is_kept_like_any_answer(merchant: Caller, reached: Reached, answer_now: Event) -> None:
    session = merchant.create()["id"]
    _pay(merchant, session, "sandbox_decline", key="k1")
    refused = _pay(merchant, session, "sandbox_approve", key="k2")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "in_progress")
    answer_now.set()
    reached(session, "interrupted")
    again = _pay(merchant, session, "sandbox_approve", key="k2")
    assert _answer(again) == _answer(refused)
    assert again.mimetype == "application/problem+json"
    assert len(attempts(session)) == 1


def test_bad_fields_and_unknown_sessions_are_kept_too(merchant: Caller) -> None:
    for path, body in (("/session/create", {"reference": 1}), (f"/session/{'A' * 32}/cancel", {})):
        first, again = (merchant.post(path, body, Idempotency_Key=path[-6:]) for _ in range(2))
        assert first.status_code in (404, 422)
        assert _answer(again) == _answer(first)
        assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_that_came_with_bad_json_is_used_up_by_it(merchant: Caller) -> None:
    broken = merchant.send("POST", "/session/create", {"Idempotency_Key": "k1"}, data=b"{")
    assert broken.status_code == 400
    assert merchant.post("/session/create", BODY, Idempotency_Key="k1").get_json()["code"] == "idempotency_key_reused"
    assert merchant.post("/session/create", BODY, Idempotency_Key="k2").status_code == 201


def test_a_refusal_that_will_pass_is_not_kept(app: Flask, merchant: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    session = merchant.create()["id"]
    with monkeypatch.context() as full:
        full.setattr(app.extensions["smartcart"].pool, "_threads", 0)
        full.setattr(app.extensions["smartcart"].pool, "_longest_line", 0)
        assert _pay(merchant, session).status_code == 503
    assert _pay(merchant, session).status_code == 202


def test_what_broke_on_our_side_is_not_kept(app: Flask, merchant: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(creating, "create", lambda: 1 / 0)
        assert merchant.post("/session/create", BODY, Idempotency_Key="k1").status_code == 500
    assert merchant.post("/session/create", BODY, Idempotency_Key="k1").status_code == 201


def test_a_twin_of_work_that_takes_too_long_is_told_to_come_back(
    merchant: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "TWIN_WAIT", 0.1)
    _cut_off(merchant)
    response = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    assert (response.status_code, response.get_json()["code"]) == (409, "in_progress")
    assert response.headers["Retry-After"] == "1"


def test_what_a_crash_left_unanswered_is_taken_over_after_a_minute(merchant: Caller) -> None:
    _cut_off(merchant)
    clock.freeze(clock.now() + idempotency.WORKED_ON_FOR + timedelta(seconds=1))
    response = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    assert response.status_code == 200, "the session that was opened before the crash"
    assert db.session.query(PaymentSession).count() == 1
    assert _answer(merchant.post("/session/create", BODY, Idempotency_Key="k1")) == _answer(response)


def test_answers_are_forgotten_after_a_day_and_what_was_done_is_not(merchant: Caller) -> None:
    first = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    now = clock.now()
    clock.freeze(now + timedelta(hours=23, minutes=59))
    assert idempotency.forget_old() == 0
    clock.freeze(now + timedelta(hours=24, minutes=1))
    assert idempotency.forget_old() == 1
    again = merchant.post("/session/create", BODY, Idempotency_Key="k1")
    assert again.get_json()["id"] == first.get_json()["id"]
    assert "Idempotent-Replayed" not in again.headers


def test_a_key_that_is_none_is_refused(merchant: Caller) -> None:
    for key in ("", "k" * 256, "a\tb", "\x7f", "\x00", "\x85"):
        response = merchant.post("/session/create", BODY, Idempotency_Key=key)
        assert (response.status_code, response.get_json()["code"]) == (422, "idempotency_key"), key
    assert merchant.post("/session/create", BODY, Idempotency_Key="é" * 255).status_code == 201


def test_a_key_sent_by_a_browser_works_as_well(shopper: Shopper, customer: Caller) -> None:
    session = shopper.order()
    for _ in range(2):
        customer.post(f"/session/{session}/interrupt", {"kind": "timeout"}, Idempotency_Key="k1")
    assert len([event for event in events(session) if event.interruption]) == 1


def _pay(merchant: Caller, session: str, method: str = "sandbox_approve", key: str = "k1") -> TestResponse:
    return merchant.post(f"/session/{session}/pay", {"method": method}, Idempotency_Key=key)


def _answer(response: TestResponse) -> tuple[int, str, str]:
    return response.status_code, response.mimetype, response.text


def _cut_off(merchant: Caller) -> None:
    """Leave a key as a process leaves it that dies after its work and before its answer is kept."""
    merchant.post("/session/create", BODY, Idempotency_Key="k1")
    with writing():
        kept = db.session.query(KeptAnswer).one()
        kept.status, kept.body = None, ""
