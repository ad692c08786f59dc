"""By which number the shopper's bank finds a refund: Stripe tells it days later, and the shop keeps it."""

import pytest
from flask import Flask

from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.flow import desk
from smartcart.payments.refunds import calls, transitions
from tests.stripe.letters import deliver, sent_by
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for

NUMBER = "74537604022150000123456"


@pytest.fixture
def made(paid: str, stripe: StripeServer) -> Refund:
    refund = desk.refund(paid, "admin")
    wait_for(lambda: transitions.find(refund.id).state is RefundState.MADE)
    calls.follow(paid)
    return transitions.find(refund.id)


def give_number(stripe: StripeServer) -> None:
    [refund] = stripe.all("refund")
    stripe.number_refund(str(refund["id"]), NUMBER)


def test_until_then_it_is_known_that_there_will_be_one(made: Refund) -> None:
    assert (made.trace_number, made.trace_expected, made.is_reversal) == ("", True, False)


def test_a_webhook_brings_it(made: Refund, stripe_shop: Flask, stripe: StripeServer) -> None:
    refund_id = made.id
    give_number(stripe)
    for letter in sent_by(stripe):
        assert deliver(stripe_shop, letter).status_code == 200
    wait_for(lambda: transitions.find(refund_id).trace_number)
    found = transitions.find(refund_id)
    assert (found.trace_number, found.trace_kind) == (NUMBER, "acquirer_reference_number")
    assert not found.trace_expected


def test_who_asks_finds_it_without_one(made: Refund, stripe: StripeServer, paid: str) -> None:
    refund_id = made.id
    give_number(stripe)
    calls.follow(paid)
    assert transitions.find(refund_id).trace_number == NUMBER


def test_a_payment_that_was_taken_back_has_none(paid: str, stripe: StripeServer) -> None:
    reversal = {"type": "reversal", "reference_status": "unavailable"}
    stripe.let_refunds_be(destination_details={"type": "card", "card": reversal})
    refund = desk.refund(paid, "admin")
    wait_for(lambda: transitions.find(refund.id).state is RefundState.MADE)
    calls.follow(paid)
    found = transitions.find(refund.id)
    assert (found.is_reversal, found.trace_number, found.trace_expected) == (True, "", False)


def test_another_way_to_pay_may_tell_nothing(paid: str, stripe: StripeServer) -> None:
    stripe.let_refunds_be(destination_details={"type": "alipay", "alipay": {}})
    refund = desk.refund(paid, "admin")
    wait_for(lambda: transitions.find(refund.id).state is RefundState.MADE)
    assert calls.follow(paid)
    assert transitions.find(refund.id).trace_number == ""
