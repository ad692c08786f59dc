"""A sum that Stripe has set aside: taken by the shop or by hand, given free by either, through faults on the way."""

import json
from dataclasses import replace

import pytest
from flask import Flask

from smartcart.database.session import db, writing
from smartcart.payments.core import account_binding, findings, queries, record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Instrument
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.payments.gateway_events import processor
from smartcart.payments.reconciliation import comparison, report, resolutions
from smartcart.rules.payment_states import Money, State
from smartcart.rules.precautions import Precaution
from smartcart.rules.verdicts import Verdict
from tests.payments.opened import open_session, order_of, state_of
from tests.payments.paying import set_aside
from tests.stripe.letters import deliver, sent_by
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


@pytest.fixture
def held(stripe_shop: Flask, stripe: StripeServer) -> str:
    session = set_aside(open_session(), stripe.token())
    assert queries.find(session).money is Money.RESERVED
    return session


def captured(stripe: StripeServer) -> list[bool]:
    return [charge["captured"] for charge in stripe.charges()]


def test_it_is_decided_a_day_before_stripe_gives_it_free(held: str, stripe: StripeServer) -> None:
    [charge] = stripe.charges()
    lapses = charge["payment_method_details"]["card"]["capture_before"]
    assert lapses - queries.find(held).expires_at.timestamp() == 86400
    assert captured(stripe) == [False]


def test_the_books_agree_while_it_is_set_aside_and_after(held: str, stripe: StripeServer) -> None:
    assert report.audit().differences == []
    desk.capture(held, "admin")
    wait_for(lambda: state_of(held) is State.COMPLETED)
    assert report.audit().differences == []
    assert captured(stripe) == [True]


def test_what_was_captured_by_hand_is_paid(held: str, stripe: StripeServer) -> None:
    runtime().gateway.capture(queries.standing(held).handle)
    gateway_calls.ask(held, "gateway")
    assert state_of(held) is State.COMPLETED


def test_what_was_cancelled_there_says_so_here(held: str) -> None:
    runtime().gateway.close(queries.standing(held).handle)
    gateway_calls.ask(held, "gateway")
    assert state_of(held) is State.CANCELLED
    assert order_of(held).status == "unpaid"


def test_while_stripe_cannot_be_reached_it_is_not_known_and_then_it_is_taken_once(
    held: str, stripe: StripeServer
) -> None:
    stripe.kill()
    desk.capture(held, "admin")
    assert queries.find(held).money is Money.CHECKING
    stripe.start()

    def is_paid() -> bool:
        reconciler.reconcile()
        return state_of(held) is State.COMPLETED

    wait_for(is_paid)
    assert captured(stripe) == [True]


def test_another_way_to_pay_than_a_card_cannot_be_set_aside_and_takes_nothing(
    stripe_shop: Flask, stripe: StripeServer
) -> None:
    session = set_aside(open_session(), stripe.token(type="ideal"))
    assert queries.find(session).money is Money.NOT_TAKEN
    assert stripe.charges() == []


def test_what_is_still_set_aside_for_a_payment_that_is_over_here_is_found_and_given_free(
    held: str, stripe: StripeServer
) -> None:
    with writing():  # on our record alone, as after an older backup was put back
        found = db.session.get_one(PaymentSession, held)
        found.state, found.ended_at, found.due_at = State.CANCELLED, found.created_at, None
    comparison.run()
    [finding] = findings.open_ones()
    assert finding.verdict is Verdict.HELD_NOT_HERE
    assert resolutions.release(finding, "admin").settled
    assert [charge["refunded"] for charge in stripe.charges()] == [True]
    comparison.run()
    assert list(findings.open_ones()) == []


def test_what_stripe_has_no_more_ends_here_and_is_found(held: str) -> None:
    runtime().gateway.close(queries.standing(held).handle)
    comparison.run()
    assert state_of(held) is State.CANCELLED
    assert [finding.verdict for finding in findings.open_ones()] == [Verdict.HELD_NOT_THERE]


def test_only_the_webhook_tells_of_it_and_of_its_end(stripe_shop: Flask, stripe: StripeServer) -> None:
    session = open_session()
    instrument = Instrument(stripe.token(), precaution=Precaution(set_aside=True))
    to_make = record.begin(session, instrument, "shopper", 30.0, reserve=lambda: True)
    reference = runtime().gateway.open(to_make.handle, 10.0)
    account_binding.store_reference(session, reference)
    runtime().gateway.charge(replace(to_make.request, reference=reference))  # and whoever made the call is gone
    tell(stripe_shop, stripe, "payment_intent.amount_capturable_updated")
    wait_for(lambda: state_of(session) is State.AUTHORIZED)
    runtime().gateway.close(queries.standing(session).handle)
    tell(stripe_shop, stripe, "payment_intent.canceled")
    wait_for(lambda: state_of(session) is State.CANCELLED)


def tell(shop: Flask, stripe: StripeServer, kind: str) -> None:
    """Stripe's own events of this kind come in, and are applied."""
    bodies = [body for body in sent_by(stripe) if json.loads(body)["type"] == kind]
    assert bodies
    for body in bodies:
        assert deliver(shop, body).status_code == 200
    processor.apply_due()
