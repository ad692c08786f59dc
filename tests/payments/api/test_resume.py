"""POST session/:id/resume: the next attempt, only after the last one provably charged nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from smartcart import clock
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from tests.payments.on_record import attempts
from tests.support.caller import Caller
from tests.support.databases import ON_BOTH
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_resuming_without_a_method_uses_the_last_one(merchant: Caller, reached: Reached) -> None:
    session = _declined(merchant, reached)
    response = merchant.resume(session)
    assert response.status_code == 202
    assert response.get_json()["attempts"] == 2
    assert [attempt.method for attempt in attempts(session)] == ["sandbox_decline"] * 2


def test_resuming_with_another_method_uses_that(merchant: Caller, sandbox: Sandbox, reached: Reached) -> None:
    session = _declined(merchant, reached)
    assert merchant.resume(session, "sandbox_approve").status_code == 202
    reached(session, "completed")
    assert [charge.attempt for charge in sandbox.charges()] == [2]


def test_the_method_is_read_from_the_body_whatever_the_body_calls_itself(
    shopper: Shopper, customer: Caller, reached: Reached
) -> None:
    session = shopper.order()
    customer.pay(session, "sandbox_decline")
    reached(session, "interrupted")
    response = customer.send(
        "POST",
        f"/session/{session}/resume",
        data=b'{"method": "sandbox_approve"}',
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 202
    assert attempts(session)[1].method == "sandbox_approve"


def test_resuming_what_was_never_tried_needs_a_method(merchant: Caller) -> None:
    session = merchant.create()["id"]
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"]) == (422, "bad_fields")
    assert problem["detail"].startswith("method")
    assert merchant.resume(session, "sandbox_approve").status_code == 202


def test_a_fourth_attempt_is_refused_and_the_money_told(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    for last in ("interrupted", "interrupted", "failed"):
        assert merchant.resume(session, "sandbox_decline").status_code == 202
        reached(session, last)
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "attempts_used_up", "not_taken")
    shown = merchant.session(session)
    assert (shown["attempts"], shown["max_attempts"], shown["can_retry"]) == (3, 3, False)
    assert len(attempts(session)) == 3


def test_resuming_is_refused_while_nobody_knows(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_timeout_charged")
    reached(session, "checking")
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "outcome_unknown", "checking")
    assert len(attempts(session)) == 1


def test_resuming_is_refused_while_an_attempt_is_under_way(merchant: Caller, answer_now: Event) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "in_progress", "checking")


def test_resuming_after_the_time_is_over_is_refused_with_410(merchant: Caller, reached: Reached) -> None:
    session = _declined(merchant, reached)
    clock.freeze(queries.find(session).expires_at)
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (410, "expired", "not_taken")
    assert len(attempts(session)) == 1


def test_resuming_what_is_over_is_refused_as_closed(merchant: Caller, reached: Reached) -> None:
    session = _declined(merchant, reached)
    merchant.post(f"/session/{session}/cancel")
    problem = merchant.resume(session).get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "closed", "not_taken")


@ON_BOTH
def test_twenty_parallel_calls_make_one_next_attempt(
    merchant: Caller, reached: Reached, request: pytest.FixtureRequest
) -> None:
    session = _declined(merchant, reached)
    request.getfixturevalue("answer_now")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: merchant.resume(session), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    assert len(attempts(session)) == 2


def _declined(merchant: Caller, reached: Reached) -> str:
    """A session whose first attempt the bank has declined."""
    session = str(merchant.create()["id"])
    merchant.pay(session, "sandbox_decline")
    reached(session, "interrupted")
    return session
