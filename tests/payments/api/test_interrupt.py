"""POST session/:id/interrupt: written to the trail; an attempt in flight is checked with the gateway."""

from collections.abc import Callable
from threading import Event

from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core.models import EventKind, PaymentSession
from tests.payments.on_record import events
from tests.support.caller import Caller
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]

KINDS = ("timeout", "network_error", "browser_closed", "gateway_error")


def test_each_kind_is_written_to_the_trail_and_changes_no_state(merchant: Caller) -> None:
    session = merchant.create()["id"]
    for kind in KINDS:
        response = merchant.post(f"/session/{session}/interrupt", {"kind": kind, "detail": f"saw {kind}"})
        assert response.status_code == 202
        shown = response.get_json()
        assert (shown["status"], shown["money"], shown["interruption"]["kind"]) == ("created", "not_taken", kind)
    told = [event for event in events(session) if event.kind is EventKind.INTERRUPTED]
    assert [(event.interruption, event.detail) for event in told] == [(kind, f"saw {kind}") for kind in KINDS]
    assert merchant.summary(session)["interruptions"] == dict.fromkeys(KINDS, 1)


def test_any_other_kind_is_refused_and_not_written_down(merchant: Caller) -> None:
    session = merchant.create()["id"]
    for body in (
        {},
        {"kind": "crash"},
        {"kind": ""},
        {"kind": "TIMEOUT"},
        {"kind": 1},
        {"kind": None},
        {"kind": ["timeout"]},
    ):
        response = merchant.post(f"/session/{session}/interrupt", body)
        assert response.status_code == 422
        assert [wrong["field"] for wrong in response.get_json()["errors"]] == ["kind"]
    for detail in (1, "x" * 501, "\x07", "\ud800"):
        response = merchant.post(f"/session/{session}/interrupt", {"kind": "timeout", "detail": detail})
        assert [wrong["field"] for wrong in response.get_json()["errors"]] == ["detail"]
    assert [event.kind for event in events(session)] == [EventKind.OPENED]
    assert merchant.session(session)["version"] == 1


def test_a_lost_charge_is_found_by_the_question_that_an_interruption_asks(
    shopper: Shopper, customer: Caller, sandbox: Sandbox, reached: Reached
) -> None:
    session = shopper.order()
    customer.pay(session, "sandbox_lost_reply")
    reached(session, "checking")
    assert customer.post(f"/session/{session}/interrupt", {"kind": "network_error"}).status_code == 202
    assert reached(session, "completed").money == "taken"
    assert len(list(sandbox.charges())) == 1


def test_an_attempt_that_charged_nothing_is_found_to_have_charged_nothing(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_timeout")
    reached(session, "checking")
    merchant.post(f"/session/{session}/interrupt", {"kind": "timeout"})
    reached(session, "interrupted")
    assert merchant.session(session)["can_retry"] is True


def test_an_interruption_does_not_disturb_an_attempt_under_way(
    merchant: Caller, reached: Reached, answer_now: Event
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    response = merchant.post(f"/session/{session}/interrupt", {"kind": "browser_closed"})
    assert (response.get_json()["status"], response.get_json()["money"]) == ("processing", "checking")
    answer_now.set()
    reached(session, "completed")


def test_an_interruption_of_what_is_over_is_a_note_in_the_trail(merchant: Caller) -> None:
    session = merchant.create()["id"]
    cancelled = merchant.post(f"/session/{session}/cancel").get_json()
    response = merchant.post(f"/session/{session}/interrupt", {"kind": "timeout"})
    assert response.status_code == 202
    assert response.get_json() == cancelled
    assert merchant.summary(session)["interruptions"] == {"timeout": 1}
