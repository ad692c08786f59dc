"""Every call that the shop makes to Stripe, and everything that can happen to it on the way.

Whatever happens: one charge at most, the truth on the page all the while, and an end as soon as the network is well.
`pytest -rP` shows what each case prints: together, a table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.payments.core import queries
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.flow import desk
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from tests.payments.saved import cards
from tests.stripe.faulty_payment import FaultyPayment, key_of
from tests.support.databases import ON_SQLITE
from tests.support.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, DECLINE
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE
# Seconds. As long as all is well a busy machine has its time; who will get no answer need not wait for it long.
PATIENT = 10.0
IMPATIENT = 0.8
UNANSWERED = {Fault.SILENT_BEFORE, Fault.SILENT_AFTER, Fault.DRIP}


@pytest.fixture
def proxy(stripe: StripeServer) -> Iterator[FaultProxy]:
    with fault_proxy(stripe.port) as proxy:
        yield proxy


@pytest.fixture
def app(settings: Settings, stripe: StripeServer, proxy: FaultProxy) -> Iterator[Flask]:
    """A shop whose calls pass through the proxy. Its jobs run when the test runs them."""
    # A retry by itself comes when the fault is over: how many attempts it costs before is not the question here.
    times = {"payment_timeout": PATIENT, "retry_delay": 1.5, "reconcile_interval": 0.02, "max_attempts": 20}
    app = create_app(settings.model_copy(update=times), stripe.gateway(proxy.url, patience=PATIENT))
    app.logger.disabled = True
    with app.app_context():
        yield app


@pytest.fixture
def payment(app: Flask, stripe: StripeServer) -> FaultyPayment:
    shopper = Shopper(app.test_client())
    return FaultyPayment(app, shopper, stripe, shopper.order())


Course = Callable[[FaultyPayment, FaultProxy], None]


def at_rest(_payment: FaultyPayment, _proxy: FaultProxy) -> None:
    """Nothing has been tried yet."""


def declined(payment: FaultyPayment, _proxy: FaultProxy) -> None:
    payment.pay(DECLINE)
    payment.wait_until("interrupted")


def paid(payment: FaultyPayment, _proxy: FaultProxy) -> None:
    payment.pay(APPROVE)
    payment.wait_until("completed")


def kept(payment: FaultyPayment, _proxy: FaultProxy) -> None:
    pay_and_keep(payment)
    payment.wait_until("completed")
    wait_for(lambda: cards(payment.shopper))


def charged_and_unanswered(payment: FaultyPayment, proxy: FaultProxy) -> None:
    _lose_the_confirmation(payment, proxy, Fault.RESET_AFTER)


def uncharged_and_unanswered(payment: FaultyPayment, proxy: FaultProxy) -> None:
    _lose_the_confirmation(payment, proxy, Fault.RESET_BEFORE)


def _lose_the_confirmation(payment: FaultyPayment, proxy: FaultProxy, fault: Fault) -> None:
    proxy.meet("/confirm ", fault)
    payment.pay(APPROVE)
    wait_for(lambda: queries.find(payment.session).state is State.CHECKING)  # the page would have Stripe asked
    proxy.lift()


def pay(payment: FaultyPayment) -> None:
    payment.pay(APPROVE)


def pay_and_keep(payment: FaultyPayment) -> None:
    payment.pay(APPROVE, keep="1")


def cancel(payment: FaultyPayment) -> None:
    payment.cancel()


def make_refund(payment: FaultyPayment) -> None:
    desk.refund(payment.session, "admin")


def forget(payment: FaultyPayment) -> None:
    [card] = cards(payment.shopper)
    payment.shopper.post(f"/cards/{card}/remove")


def ask(_payment: FaultyPayment) -> None:
    """The shop does so by itself."""


READ_CARD = r"GET /v1/payment_intents/\w+\?expand"
LIST_CARDS = r"GET /v1/customers/\w+/payment_methods"


@dataclass(frozen=True)
class Call:
    """A call, found by its pattern; how things stand before it, what makes it, and the states that it may end in.

    `after` is the call before it, on whose answer nobody is let in any more when connections are refused.
    """

    pattern: str
    before: Course
    act: Callable[[FaultyPayment], None]
    ends: tuple[str, ...] = ("completed", "interrupted")
    after: str = ""


CALLS = {
    "open the intent": Call("POST /v1/payment_intents ", at_rest, pay),
    "confirm it": Call("/confirm ", at_rest, pay, after="POST /v1/payment_intents "),
    "mark the second attempt": Call("SESSION-2-mark$", declined, pay),
    "look up a charge": Call(r"GET /v1/payment_intents/\w+[ ?]", charged_and_unanswered, ask, ("completed",)),
    "look up what never arrived": Call(r"GET /v1/payment_intents/\w+[ ?]", uncharged_and_unanswered, ask),
    "take its key": Call("SESSION-1$", uncharged_and_unanswered, ask, after=r"GET /v1/payment_intents/\w+[ ?]"),
    "take it back": Call("SESSION-1-back-", uncharged_and_unanswered, ask, after="SESSION-1$"),
    "close the intent": Call("/cancel ", declined, cancel, ("cancelled",)),
    "list its refunds": Call("GET /v1/refunds", paid, make_refund, ("refunded",)),
    "refund it": Call("POST /v1/refunds", paid, make_refund, ("refunded",), after="GET /v1/refunds"),
    "name the shopper": Call("POST /v1/customers ", at_rest, pay_and_keep, after="/confirm "),
    "see whether to keep the card": Call(READ_CARD, at_rest, pay_and_keep, after="POST /v1/customers "),
    "keep the card": Call("/attach ", at_rest, pay_and_keep, after=READ_CARD),
    "list the cards": Call(LIST_CARDS, at_rest, pay_and_keep, after="/attach "),
    "forget the card": Call("/detach ", kept, forget, after=LIST_CARDS),
}


# That bytes which trickle in are no answer is no matter of the call: each of the client's ways to ask meets it once.
TRICKLES = {"confirm it", "look up a charge", "refund it"}
# Where no money moves, each way to fail once, and each of them before the call arrived or after.
ABOUT_CARDS = {Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.SILENT_AFTER, Fault.ERROR_BEFORE, Fault.RATE_LIMITED}


def meets(call: str, fault: Fault) -> bool:
    if fault is Fault.DRIP:
        return call in TRICKLES
    return fault in ABOUT_CARDS or CALLS[call].act not in (pay_and_keep, forget)


@pytest.mark.parametrize(("call", "fault"), [(call, fault) for call in CALLS for fault in Fault if meets(call, fault)])
def test_whatever_happens_to_a_call_there_is_one_charge_at_most_and_the_page_tells_the_truth(
    payment: FaultyPayment, proxy: FaultProxy, call: str, fault: Fault
) -> None:
    made = CALLS[call]
    pattern, after = key_of(made.pattern, payment.session), key_of(made.after, payment.session)
    made.before(payment, proxy)
    proxy.meet(pattern, fault, after)
    payment.wait_so_long(IMPATIENT if fault in UNANSWERED else PATIENT)
    seen = len(proxy.seen)
    payment.said.clear()

    made.act(payment)
    payment.wait_until_asked()
    # On a busy machine a call before this one may have timed out.
    wait_for(lambda: proxy.is_met(pattern, since=seen) or payment.insist(made.act))
    meanwhile = " → ".join(payment.said)
    proxy.lift()
    payment.wait_so_long(PATIENT)
    state = payment.wait_until(*made.ends).state

    if state == "interrupted":
        assert not payment.charges()
        made.act(payment) if made.act is pay_and_keep else pay(payment)
        payment.wait_until("completed")
    charges = payment.charges()
    assert len(charges) == (0 if state == "cancelled" else 1)
    assert all(attempt > payment.promised for attempt in charges), "charged after the page had said that it was not"
    assert refunds_of(payment) == (1 if state == "refunded" else 0)
    wait_for(lambda: payment.run_jobs() or kept_cards(payment) == (1 if made.act is pay_and_keep else 0))
    print(f"| {call} | {fault} | {meanwhile} | {state} | {len(charges)} |")


def kept_cards(payment: FaultyPayment) -> int:
    """How many cards are kept, by Stripe's books, and by ours once they say the same."""
    attached = [method for method in payment.stripe.all("payment_method") if method["customer"]]
    return len(attached) if len(attached) == len(cards(payment.shopper)) else -1


def refunds_of(payment: FaultyPayment) -> int:
    """How often everything was given back, by Stripe's books and ours."""
    made = [refund for refund in transitions.of_session(payment.session) if refund.state is RefundState.MADE]
    refunds = payment.stripe.all("refund")
    assert [refund["amount"] for refund in refunds] == [refund.amount for refund in made]
    return len(refunds)
