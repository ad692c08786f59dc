"""POST session/:id/capture and /release: the admin decides on a sum that is set aside, as by a press on its page."""

from typing import Any

import pytest

from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.rules.outcomes import TIMED_OUT
from tests.payments.paying import set_aside
from tests.support.caller import Caller
from tests.support.waiting import wait_for


@pytest.fixture
def held(merchant: Caller) -> str:
    return set_aside(merchant.create()["id"])


def decide(caller: Caller, how: str, session: str, **headers: str) -> Any:
    return caller.post(f"/session/{session}/{how}", {}, **headers)


def over(caller: Caller, session: str) -> dict[str, Any]:
    wait_for(lambda: caller.session(session)["status"] in ("completed", "cancelled"))
    return caller.session(session)


def taken(sandbox: Sandbox) -> list[bool]:
    return [charge.is_taken for charge in sandbox.charges()]


def test_what_is_set_aside_is_taken(admin: Caller, merchant: Caller, held: str, sandbox: Sandbox) -> None:
    assert decide(admin, "capture", held).status_code in (200, 202)
    told = over(merchant, held)
    assert (told["status"], told["money"], told["released"]) == ("completed", "taken", None)
    assert taken(sandbox) == [True]


def test_or_given_free_which_says_that_the_bank_may_show_it_for_some_days(
    admin: Caller, merchant: Caller, held: str, sandbox: Sandbox
) -> None:
    answer = admin.post(f"/session/{held}/release", {"reason": "it looks odd"})
    assert answer.status_code in (200, 202)
    told = over(merchant, held)
    assert (told["status"], told["money"]) == ("cancelled", "not_taken")
    assert "no longer set aside. Your bank may show it for some days" in told["released"]["message"]
    assert taken(sandbox) == []
    assert "it looks odd" in [line["detail"] for line in admin.summary(held)["timeline"]]


def test_who_opened_it_does_not_decide_whether_it_looks_right(merchant: Caller, held: str) -> None:
    for how in ("capture", "release"):
        problem = decide(merchant, how, held)
        assert (problem.status_code, problem.get_json()["code"]) == (403, "forbidden")
    assert merchant.session(held)["money"] == "reserved"


@pytest.mark.parametrize("how", ["capture", "release"])
def test_only_what_is_set_aside_is_decided_on(admin: Caller, merchant: Caller, how: str) -> None:
    session = merchant.create()["id"]
    problem = decide(admin, how, session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "nothing_held", "not_taken")
    assert merchant.session(session)["status"] == "created"


def test_what_is_taken_cannot_be_given_free(admin: Caller, held: str) -> None:
    decide(admin, "capture", held)
    over(admin, held)
    assert decide(admin, "release", held).get_json()["code"] == "nothing_held"


def test_while_the_gateway_is_silent_nobody_says_that_it_was_taken(
    admin: Caller, held: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as silent:
        for call in ("ask", "capture"):
            silent.setattr(sandbox, call, lambda *_: TIMED_OUT)
        told = decide(admin, "capture", held)
        assert (told.status_code, told.get_json()["money"]) == (202, "checking")
    assert taken(sandbox) == [False]


@pytest.mark.parametrize("how", ["capture", "release"])
def test_the_same_key_decides_once_and_is_answered_the_same(
    admin: Caller, held: str, sandbox: Sandbox, how: str
) -> None:
    first, second = (decide(admin, how, held, Idempotency_Key="once") for _ in range(2))
    assert (second.status_code, second.get_json()) == (first.status_code, first.get_json())
    over(admin, held)
    moves = [line["move"] for line in admin.summary(held)["timeline"]]
    assert moves.count("capture") + moves.count("released") == 1


@pytest.mark.parametrize("body", [{"amount": 100}, {"reason": 7}])
def test_what_is_not_taken_by_these_is_named(admin: Caller, held: str, body: dict[str, Any]) -> None:
    for how in ("capture", "release"):
        if how == "capture" or "amount" in body:
            assert admin.post(f"/session/{held}/{how}", body).status_code == 422
    assert admin.session(held)["money"] == "reserved"
