"""POST session/:id/complete: the gateway is asked. A client's word never pays an order."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

from smartcart import clock
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.shop.models import OrderStatus
from tests.payments.opened import make_refund
from tests.support.caller import Caller
from tests.support.pace import UNHURRIED
from tests.support.shopper import Shopper

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_a_charge_the_shop_has_not_heard_of_is_settled(
    shopper: Shopper, customer: Caller, sandbox: Sandbox, reached: Reached
) -> None:
    session = shopper.order()
    customer.pay(session, "sandbox_lost_reply")
    reached(session, "checking")
    response = customer.post(f"/session/{session}/complete")
    assert response.status_code == 200
    assert (response.get_json()["status"], response.get_json()["money"]) == ("completed", "taken")
    order = queries.find(session).order
    assert order
    assert order.status is OrderStatus.PAID
    assert len(list(sandbox.charges())) == 1


def test_a_completed_session_is_confirmed_as_often_as_asked(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    reached(session, "completed")
    answers = [merchant.post(f"/session/{session}/complete") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json() == merchant.session(session)


def test_a_clients_word_pays_nothing(shopper: Shopper, customer: Caller) -> None:
    session = shopper.order()
    problem = customer.post(f"/session/{session}/complete").get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "not_paid", "not_taken")
    claim = customer.post(f"/session/{session}/complete", {"status": "completed", "money": "taken"})
    assert claim.status_code == 422
    found = queries.find(session)
    assert (found.state, found.version) == ("created", 1)
    assert found.order
    assert found.order.status is OrderStatus.OPEN


def test_while_the_gateway_works_the_answer_is_that_nobody_knows(
    merchant: Caller, reached: Reached, answer_now: Event
) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    problem = merchant.post(f"/session/{session}/complete").get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "not_paid", "checking")
    assert "fail" not in str(problem)
    answer_now.set()
    reached(session, "completed")


def test_a_silent_gateway_that_charged_nothing_ends_the_doubt(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_timeout")
    reached(session, "checking")
    problem = merchant.post(f"/session/{session}/complete").get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "not_paid", "not_taken")
    assert merchant.session(session)["can_retry"] is True


def test_a_declined_session_is_not_paid(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session, "sandbox_decline")
    reached(session, "interrupted")
    problem = merchant.post(f"/session/{session}/complete").get_json()
    assert (problem["code"], problem["money"]) == ("not_paid", "not_taken")


def test_a_refunded_session_is_not_paid_and_says_that_the_money_is_back(merchant: Caller, reached: Reached) -> None:
    session = merchant.create()["id"]
    merchant.pay(session)
    reached(session, "completed")
    make_refund(session)
    problem = merchant.post(f"/session/{session}/complete").get_json()
    assert (problem["status"], problem["code"], problem["money"]) == (409, "not_paid", "returned")


def test_a_session_out_of_time_without_an_attempt_is_not_paid(merchant: Caller) -> None:
    session = merchant.create()["id"]
    clock.freeze(clock.now() + timedelta(hours=1))
    problem = merchant.post(f"/session/{session}/complete").get_json()
    assert (problem["code"], problem["money"]) == ("not_paid", "not_taken")
