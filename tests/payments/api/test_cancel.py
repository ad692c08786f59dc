"""POST session/:id/cancel: at once, or as soon as it is known that no money was taken."""

from collections.abc import Callable
from threading import Event

from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.flow import reconciler
from tests.payments.on_record import events
from tests.support.caller import Caller
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_a_session_at_rest_is_cancelled_at_once_and_its_stock_given_back(shopper: Shopper, customer: Caller) -> None:
    session = shopper.order(quantity=2)
    response = customer.post(f"/session/{session}/cancel", {"reason": "changed my mind"})
    assert response.status_code == 200
    assert (response.get_json()["status"], response.get_json()["money"]) == ("cancelled", "not_taken")
    db.session.rollback()
    assert product().stock == 5
    wishes = [event for event in events(session) if event.kind is EventKind.CANCEL_REQUESTED]
    assert [(event.detail, event.actor) for event in wishes] == [("changed my mind", "shopper")]


def test_cancelling_again_changes_nothing(merchant: Caller) -> None:
    session = merchant.create()["id"]
    first = merchant.post(f"/session/{session}/cancel")
    again = merchant.post(f"/session/{session}/cancel")
    assert (again.status_code, again.get_json()) == (200, first.get_json())


def test_a_cancelled_reference_can_never_be_charged(merchant: Caller, sandbox: Sandbox, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    reference = reached(session, "interrupted").reference
    merchant.post(f"/session/{session}/cancel")
    assert reference
    assert sandbox.ledger.is_closed(reference)


def test_cancelling_in_flight_is_written_down_and_carried_out_when_nothing_was_taken(
    merchant: Caller, sandbox: Sandbox, reached: Reached, answer_now: Event
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    response = merchant.post(f"/session/{session}/cancel")
    assert response.status_code == 202
    shown = response.get_json()
    assert (shown["status"], shown["money"], shown["cancelling"]) == ("processing", "checking", True)
    answer_now.set()
    reached(session, "cancelled")
    assert merchant.session(session)["money"] == "not_taken"
    assert list(sandbox.charges()) == []


def test_cancelling_in_flight_loses_against_money_that_was_taken(
    merchant: Caller, sandbox: Sandbox, reached: Reached, answer_now: Event
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    assert merchant.post(f"/session/{session}/cancel").status_code == 202
    answer_now.set()
    reached(session, "completed")
    problem = merchant.post(f"/session/{session}/cancel").get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "already_paid", "taken")
    assert len(list(sandbox.charges())) == 1


def test_cancelling_while_nobody_knows_waits_for_the_gateways_word(
    merchant: Caller, sandbox: Sandbox, reached: Reached
) -> None:
    charged, uncharged = merchant.create("A-1")["id"], merchant.create("A-2")["id"]
    merchant.pay(charged, "sandbox_lost_reply")
    merchant.pay(uncharged, "sandbox_timeout")
    for session in (charged, uncharged):
        reached(session, "checking")
        response = merchant.post(f"/session/{session}/cancel")
        assert (response.status_code, response.get_json()["money"]) == (202, "checking")
        assert merchant.resume(session).get_json()["code"] == "outcome_unknown"

    def settled() -> bool:
        reconciler.reconcile()
        return [queries.find(session).state for session in (charged, uncharged)] == ["completed", "cancelled"]

    wait_for(settled)
    assert [charge.session for charge in sandbox.charges()] == [charged]


def test_cancelling_while_the_bank_asks_takes_its_question_back(
    merchant: Caller, sandbox: Sandbox, reached: Reached
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_challenge")
    question = reached(session, "action_required").action_url
    response = merchant.post(f"/session/{session}/cancel")
    assert response.get_json()["status"] == "cancelled"
    assert response.status_code == 200
    assert merchant.client.get(question).status_code == 410
    assert list(sandbox.charges()) == []


def test_a_session_that_ended_otherwise_stays_as_it_ended(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    for last in ("interrupted", "interrupted", "failed"):
        merchant.resume(session, "sandbox_decline")
        reached(session, last)
    response = merchant.post(f"/session/{session}/cancel")
    assert (response.status_code, response.get_json()["status"]) == (200, "failed")


def test_a_wrong_reason_is_refused_and_nothing_is_cancelled(merchant: Caller) -> None:
    session = merchant.create()["id"]
    for reason in (1, None, ["x"], "x" * 501, "a\x00b", "\ud800"):
        response = merchant.post(f"/session/{session}/cancel", {"reason": reason})
        assert response.status_code == 422
        assert [wrong["field"] for wrong in response.get_json()["errors"]] == ["reason"]
    assert merchant.session(session)["version"] == 1
