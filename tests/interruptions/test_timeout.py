"""The gateway does not answer in time, having charged or not."""

from collections.abc import Callable

import pytest

from tests.interruptions.truth import attempts, charged, charged_at, states_passed
from tests.interruptions.watcher import assert_log_is_truthful, assert_truthful, watching
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.silent_gateway import QUESTIONS, PatientShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# How long a gateway is waited for is the same on either; test_killed_server.py has both settle what is in the dark.
pytestmark = ON_SQLITE

ENDS = {"sandbox_timeout": "interrupted", "sandbox_timeout_charged": "completed"}


@pytest.fixture(scope="module")
def silent_shop(new_shop: Callable[..., PatientShop]) -> PatientShop:
    """Its gateway tells what became of a charge once a test has seen what it wants to see."""
    shop = new_shop(PatientShop, payment_timeout=0.5)
    shop.start()
    return shop


@pytest.mark.parametrize("method", ENDS)
def test_nothing_says_meanwhile_that_it_failed(silent_shop: PatientShop, method: str) -> None:
    visitor = silent_shop.visitor()
    session = visitor.order()
    with watching(silent_shop, visitor, session) as sights:
        with silent_shop.silence(QUESTIONS):
            visitor.pay(session, method)
            wait_for(lambda: "checking" in {sight.state for sight in sights})
        visitor.wait_until(session, ENDS[method])
    assert_truthful(sights, charged_at(silent_shop, session))
    assert_log_is_truthful(silent_shop, session)


def test_a_charge_that_was_never_answered_ends_paid_once(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_timeout_charged")
    told = visitor.wait_until(session, "checking")
    assert "did not answer in time" in told.text
    assert visitor.session(session)["interruption"]["kind"] == "timeout"
    visitor.wait_until(session, "completed")
    assert charged(shared_shop, session) == 1
    assert attempts(shared_shop, session) == [(1, "approved")]
    assert states_passed(shared_shop, session) == ["created", "processing", "checking", "completed"]


def test_silence_that_charged_nothing_offers_a_retry_and_does_not_retry_by_itself(
    shared_shop: RunningShop, visitor: Visitor
) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_timeout")
    assert visitor.wait_until(session, "interrupted").money == "not_taken"
    known = visitor.session(session)
    assert (known["can_retry"], known["retry_at"], known["attempts"]) == (True, None, 1)
    assert charged(shared_shop, session) == 0

    visitor.call(f"/session/{session}/resume", method="sandbox_approve")
    visitor.wait_until(session, "completed")
    assert charged(shared_shop, session) == 1
    assert attempts(shared_shop, session) == [(1, "not_charged"), (2, "approved")]


def test_a_charge_that_takes_longer_than_we_wait_ends_paid_once(shared_shop: RunningShop, visitor: Visitor) -> None:
    """The slow card is charged after 5 s; the shop waits for 0.5 s, asks, and hears that it is under way."""
    session = visitor.order()
    visitor.pay(session, "sandbox_slow")
    wait_for(lambda: "pending" in [event["detail"] for event in visitor.summary(session)["timeline"]])
    assert visitor.status(session).money == "checking"
    visitor.wait_until(session, "completed")
    assert charged(shared_shop, session) == 1
    assert states_passed(shared_shop, session) == ["created", "processing", "checking", "completed"]


def test_a_cancel_in_the_dark_waits_for_the_truth(shared_shop: RunningShop, visitor: Visitor) -> None:
    charged_session, free_session = visitor.order(), visitor.order()
    visitor.pay(charged_session, "sandbox_timeout_charged")
    visitor.pay(free_session, "sandbox_timeout")
    for session in (charged_session, free_session):
        answer = visitor.call(f"/session/{session}/cancel")
        assert (answer.status, answer.json["money"]) == (202, "checking")
    assert visitor.wait_until(charged_session, "completed").money == "taken"
    assert visitor.wait_until(free_session, "cancelled").money == "not_taken"
    assert (charged(shared_shop, charged_session), charged(shared_shop, free_session)) == (1, 0)
