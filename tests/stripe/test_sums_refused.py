"""Sums that Stripe never takes: refused before anything is ordered, or where only Stripe can know, over at once."""

from collections.abc import Iterator

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.protocol import GatewayError, Handle
from smartcart.gateways.stripe.gateway import Stripe
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.terms import Terms
from smartcart.payments.flow import desk, reconciler
from smartcart.rules.money import Amount
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind
from smartcart.rules.payment_states import State
from smartcart.shop.models import Order
from tests.payments.opened import MERCHANT, begin, settle, stock_left
from tests.support.caller import Caller, by_key
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.shopper import Shopper, product
from tests.support.stripe_server import StripeServer
from tests.support.visitor import read_status
from tests.support.waiting import wait_for

FORTY_CENTS = Handle("a-session", None, 40, "EUR")


@pytest.fixture
def app(settings: Settings, stripe: StripeServer) -> Iterator[Flask]:
    """Its jobs run when the test runs them."""
    app = create_app(settings.model_copy(update={"reconcile_interval": 0.02}), stripe.gateway(patience=4.0))
    app.logger.disabled = True
    with app.app_context():
        yield app


@pytest.fixture
def merchant(app: Flask) -> Caller:
    return by_key(app)


def tried_before(amount: int) -> str:
    """A session of a sum that is refused today, as an earlier version opened it and tried to have it paid."""
    terms = {**vars(MERCHANT), "amount": Amount(amount, "EUR"), "gateway": "stripe"}
    with writing():
        session_id = record.add_session(Terms(**terms), "merchant").id
    settle(begin(session_id, "ctoken_1"), Outcome(OutcomeKind.NOT_CHARGED, Interruption.GATEWAY_ERROR))
    return session_id


def ended(session_id: str) -> PaymentSession:
    """The session once it has ended; the jobs run meanwhile."""

    def now() -> PaymentSession | None:
        reconciler.reconcile()
        session = queries.find(session_id)
        return session if session.ended_at else None

    found = wait_for(now)
    assert found
    return found


def test_an_order_of_forty_cents_is_refused_before_it_is_placed(app: Flask, shopper: Shopper) -> None:
    product("pin", price=40)
    shopper.put_into_cart("pin")
    response = shopper.check_out()
    assert response.status_code == 409
    assert "€0.50 is the least" in response.text
    assert "Nothing was taken. Nothing was ordered." in response.text
    assert (db.session.query(Order).count(), stock_left("pin")) == (0, 5)


def test_the_api_refuses_it_too_and_says_what_the_least_is(merchant: Caller) -> None:
    response = merchant.post("/session/create", {"reference": "A-1", "amount": 49, "currency": "EUR"})
    assert (response.status_code, response.get_json()["code"]) == (422, "amount_too_small")
    assert "€0.50" in response.get_json()["detail"]
    assert merchant.create(amount=50)["status"] == "created"


def test_a_currency_that_stripe_does_not_take_is_refused_before_anything_is_opened(merchant: Caller) -> None:
    response = merchant.post("/session/create", {"reference": "A-1", "amount": 4200, "currency": "CUP"})
    assert (response.status_code, response.get_json()["code"]) == (422, "currency_not_taken")


def test_a_sum_too_small_in_the_currency_of_the_account_ends_at_once_with_its_reason(
    stripe: StripeServer, shopper: Shopper
) -> None:
    product("pin", price=60)
    session_id = shopper.order("pin")
    stripe.take_no_less(eur=100)
    shopper.pay(session_id, stripe.token())
    session = ended(session_id)
    assert (session.state, session.attempts, session.refusal_code) == (State.FAILED, 1, "amount_too_small")
    page = shopper.get(f"/pay/{session_id}").text
    status = read_status(page)
    assert (status.state, status.money) == ("failed", "not_taken")
    assert "too small for the payment service" in page
    assert "declined" not in page
    assert stock_left("pin") == 5
    assert stripe.all("payment_intent") == []


def test_one_that_hung_for_that_reason_can_be_cancelled(app: Flask) -> None:
    session_id = tried_before(40)
    desk.cancel(session_id, "shopper")
    assert ended(session_id).state is State.CANCELLED


def test_one_that_hung_for_that_reason_expires(app: Flask) -> None:
    session_id = tried_before(40)
    with writing():
        db.session.query(PaymentSession).filter_by(id=session_id).update({"expires_at": clock.now()})
    reconciler.sweep()
    assert ended(session_id).state is State.EXPIRED


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.ERROR_BEFORE, Fault.RESET_AFTER])
def test_no_other_answer_proves_that_nothing_was_opened(stripe: StripeServer, proxy: FaultProxy, fault: Fault) -> None:
    gateway = stripe.gateway(proxy.url, patience=4.0)
    proxy.meet("POST /v1/payment_intents", fault)
    for answer in (gateway.close(FORTY_CENTS), gateway.ask(FORTY_CENTS, 1), gateway.withdraw(FORTY_CENTS, 1)):
        assert answer.kind is OutcomeKind.UNKNOWN
    proxy.lift()
    assert gateway.close(FORTY_CENTS).kind is OutcomeKind.NOT_CHARGED


def test_a_key_that_opens_nothing_proves_nothing(stripe: StripeServer) -> None:
    gateway = Stripe("sk_test_ofnobody", "pk_test_ofnobody", stripe.url, "this shop", 4.0)
    assert gateway.close(FORTY_CENTS).kind is OutcomeKind.UNKNOWN


def test_a_key_of_idempotency_used_for_another_sum_proves_nothing(stripe: StripeServer) -> None:
    gateway = stripe.gateway()
    gateway.open(Handle("a-session", None, 4200, "EUR"), 4.0)
    assert gateway.close(FORTY_CENTS).kind is OutcomeKind.UNKNOWN


def test_a_refusal_for_good_is_told_from_one_that_may_pass(stripe: StripeServer, proxy: FaultProxy) -> None:
    gateway = stripe.gateway(proxy.url, patience=4.0)
    with pytest.raises(GatewayError) as refused:
        gateway.open(FORTY_CENTS, 4.0)
    assert refused.value.outcome.is_final
    proxy.meet("POST /v1/payment_intents", Fault.RATE_LIMITED)
    with pytest.raises(GatewayError) as busy:
        gateway.open(FORTY_CENTS, 4.0)
    assert not busy.value.outcome.is_final


def test_a_busy_stripe_is_no_word_of_the_bank(stripe: StripeServer, proxy: FaultProxy, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"retry_delay": 60.0}), stripe.gateway(proxy.url, patience=4.0))
    with app.app_context():
        shopper = Shopper(app.test_client())
        session_id = shopper.order()
        proxy.meet("POST /v1/payment_intents", Fault.RATE_LIMITED)
        shopper.pay(session_id, stripe.token())
        wait_for(lambda: queries.find(session_id).state is State.INTERRUPTED)
        page = shopper.get(f"/pay/{session_id}").text
    assert "The payment service had a problem." in page
    assert "declined" not in page
