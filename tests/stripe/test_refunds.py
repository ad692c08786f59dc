"""Money that goes back at Stripe, late money, and money without an order: by both books, over a real connection.

No timetable runs here; the jobs run when the test runs them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.protocol import ChargeRequest, Gateway, Handle
from smartcart.gateways.stripe.gateway import Stripe
from smartcart.payments.core import findings, queries, record
from smartcart.payments.core.refund_model import Refund, RefundState
from smartcart.payments.core.refusals import NothingToReturn, TooMuchToReturn
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls, opening, reconciler
from smartcart.payments.reconciliation import comparison, resolutions
from smartcart.payments.refunds import calls as refunds
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import Money, Move, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.payments.opened import BASE_URL, DECLINED, fill_cart, open_session, order_of, settle, write_down
from tests.support.databases import ON_SQLITE
from tests.support.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE
from tests.support.two_at_once import kinds, together
from tests.support.waiting import wait_for

CREATE = "POST /v1/refunds"


@pytest.fixture
def proxy(stripe: StripeServer) -> Iterator[FaultProxy]:
    with fault_proxy(stripe.port) as proxy:
        yield proxy


@pytest.fixture
def app(settings: Settings, stripe: StripeServer, proxy: FaultProxy) -> Iterator[Flask]:
    at_stripe = {
        "gateway": "stripe",
        "stripe_secret_key": stripe.secret_key,
        "stripe_publishable_key": stripe.publishable_key,
        "stripe_api_base": proxy.url,
        "payment_timeout": 2.0,
        "reconcile_interval": 0.02,
    }
    app = create_app(settings.model_copy(update=at_stripe))
    app.logger.disabled = True
    with app.app_context():
        yield app


@pytest.fixture
def paid(app: Flask, stripe: StripeServer) -> str:
    """The id of a session of 42 euros that is paid at Stripe."""
    session_id = open_session()
    gateway_calls.charge(write_down(session_id, stripe.token(APPROVE)))
    assert queries.find(session_id).state is State.COMPLETED
    return session_id


@pytest.fixture
def late(app: Flask, stripe: StripeServer) -> str:
    """A session that was cancelled, and that the shopper's bank has confirmed all the same: Stripe has the money."""
    session_id = open_session(stock=1)
    charge = write_down(session_id, stripe.token(CHALLENGE))
    gateway_calls.charge(charge)
    settle(charge.attempt_id, DECLINED)
    record.end(session_id, Move.CANCEL, "shopper")
    stripe.confirm(intent_of(session_id))
    assert len(stripe.charges()) == 1
    return session_id


def intent_of(session_id: str) -> str:
    return queries.find(session_id).reference or ""


def at_stripe(stripe: StripeServer) -> list[tuple[int, str]]:
    """Every refund in Stripe's own books: its amount, and the key that we wrote on it, if it is ours."""
    return [(refund["amount"], refund["metadata"].get("smartcart_refund", "")) for refund in stripe.all("refund")]


def only_refund(session_id: str) -> Refund:
    queries.find(session_id)
    [refund] = transitions.of_session(session_id)
    return refund


def verdicts() -> list[Verdict]:
    return sorted(finding.verdict for finding in findings.open_ones())


def settled(refund_id: str, jobs: Callable[[], Any] = lambda: None) -> RefundState:
    def is_settled() -> bool:
        jobs()
        return transitions.find(refund_id).state is not RefundState.REQUESTED

    wait_for(is_settled)
    return transitions.find(refund_id).state


def test_a_part_goes_back_once_and_says_whose_it_is(paid: str, stripe: StripeServer) -> None:
    refund = desk.refund(paid, "admin", 1000, "a broken cup")
    assert settled(refund.id) is RefundState.MADE
    refunds.make(refund.id, "reconciler")
    assert at_stripe(stripe) == [(1000, refund.id)]
    session = queries.find(paid)
    assert (session.state, session.refunded, order_of(paid).refunded) == (State.COMPLETED, 1000, 1000)
    refunds.follow(paid)
    assert queries.find(paid).refunded == 1000


def test_the_rest_ends_the_payment_and_no_more_goes_back(paid: str, stripe: StripeServer) -> None:
    settled(desk.refund(paid, "admin", 1000).id)
    with pytest.raises(TooMuchToReturn):
        desk.refund(paid, "admin", 3201)
    settled(desk.refund(paid, "admin").id)
    assert (queries.find(paid).state, order_of(paid).status) == (State.REFUNDED, OrderStatus.REFUNDED)
    with pytest.raises(NothingToReturn):
        desk.refund(paid, "admin")
    assert sorted(amount for amount, _ in at_stripe(stripe)) == [1000, 3200]


@ON_SQLITE  # what happens to a call on its way is the same on either
@pytest.mark.parametrize("fault", Fault)
def test_whatever_befalls_the_call_it_goes_back_once(
    app: Flask, paid: str, stripe: StripeServer, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.meet(CREATE, fault)
    transitions.request(paid, 1000, "", "admin", "a-refund-of-ours")
    refunds.make("a-refund-of-ours", "gateway")
    assert len(at_stripe(stripe)) <= 1
    assert queries.find(paid).refunded in (0, 1000 if fault is Fault.DRIP else 0)
    proxy.lift()
    assert settled("a-refund-of-ours", reconciler.reconcile) is RefundState.MADE
    assert at_stripe(stripe) == [(1000, "a-refund-of-ours")]
    assert queries.find(paid).refunded == 1000


def test_after_its_key_is_forgotten_a_refund_is_known_by_what_is_written_on_it(
    paid: str, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet(CREATE, Fault.RESET_AFTER)
    transitions.request(paid, 1000, "", "admin", "a-refund-of-ours")
    refunds.make("a-refund-of-ours", "gateway")
    proxy.lift()
    seen = len(proxy.seen)
    refunds.make("a-refund-of-ours", "reconciler")
    assert not proxy.is_met(CREATE, since=seen)
    assert (settled("a-refund-of-ours"), len(at_stripe(stripe))) == (RefundState.MADE, 1)


@pytest.mark.parametrize(
    ("ends_as", "state", "refunded"), [("succeeded", RefundState.MADE, 1000), ("failed", RefundState.REFUSED, 0)]
)
def test_a_refund_that_stripe_is_still_at_is_asked_about_until_it_is_decided(
    paid: str, stripe: StripeServer, proxy: FaultProxy, ends_as: str, state: RefundState, refunded: int
) -> None:
    proxy.meet(CREATE, Fault.RESET_AFTER)
    transitions.request(paid, 1000, "", "admin", "a-refund-of-ours")
    refunds.make("a-refund-of-ours", "gateway")
    proxy.lift()
    [made] = stripe.all("refund")
    stripe.change(f"refund:{made['id']}", status="pending")
    refunds.make("a-refund-of-ours", "reconciler", is_in_turn=True)
    assert (only_refund(paid).state, only_refund(paid).looks) == (RefundState.REQUESTED, 0)
    stripe.change(f"refund:{made['id']}", status=ends_as)
    refunds.make("a-refund-of-ours", "reconciler")
    assert (only_refund(paid).state, queries.find(paid).refunded) == (state, refunded)


def test_ten_at_once_give_back_no_more_than_was_taken(app: Flask, paid: str, stripe: StripeServer) -> None:
    answers = together(app, *[lambda: desk.refund(paid, "admin", 1000)] * 10)
    assert kinds(answers) == {"Refund": 4, "TooMuchToReturn": 6}
    wait_for(lambda: queries.find(paid).refunded == 4000)
    assert [amount for amount, _ in at_stripe(stripe)] == [1000] * 4


def test_a_refund_carried_out_by_ten_at_once_is_made_once(app: Flask, paid: str, stripe: StripeServer) -> None:
    transitions.request(paid, 1000, "", "admin", "a-refund-of-ours")
    together(app, *[lambda: refunds.make("a-refund-of-ours", "reconciler")] * 10)
    assert settled("a-refund-of-ours", reconciler.reconcile) is RefundState.MADE
    assert at_stripe(stripe) == [(1000, "a-refund-of-ours")]
    assert queries.find(paid).refunded == 1000


def test_what_the_dashboard_gives_back_is_taken_up_by_the_books(paid: str, stripe: StripeServer) -> None:
    comparison.run()
    stripe.refund(intent_of(paid), 1000)
    for _ in range(2):
        comparison.run()
    assert (queries.find(paid).refunded, verdicts()) == (1000, [Verdict.REFUNDED_ELSEWHERE])
    stripe.refund(intent_of(paid))
    comparison.run()
    assert (queries.find(paid).money, order_of(paid).status) == (Money.RETURNED, OrderStatus.REFUNDED)


def test_a_refund_that_the_dashboard_made_first_is_refused_and_taken_up(paid: str, stripe: StripeServer) -> None:
    stripe.refund(intent_of(paid))
    assert settled(desk.refund(paid, "admin").id) is RefundState.REFUSED
    wait_for(lambda: queries.find(paid).state is State.REFUNDED)
    assert [amount for amount, _ in at_stripe(stripe)] == [4200]


def test_a_refund_that_fails_days_after_it_was_made_is_shown_to_a_person(paid: str, stripe: StripeServer) -> None:
    settled(desk.refund(paid, "admin", 1000).id)
    comparison.run()
    assert verdicts() == []
    [made] = stripe.all("refund")
    stripe.change(f"refund:{made['id']}", status="failed")
    comparison.run()
    assert verdicts() == [Verdict.REFUND_FAILED]
    assert queries.find(paid).refunded == 0


@pytest.mark.parametrize(("won", "money"), [(True, Money.TAKEN), (False, Money.RETURNED)])
def test_a_dispute_is_taken_up_and_followed_to_its_end(
    paid: str, stripe: StripeServer, won: bool, money: Money
) -> None:
    dispute = stripe.dispute(intent_of(paid))
    comparison.run()
    assert queries.find(paid).disputed_at is not None
    assert verdicts() == [Verdict.DISPUTED]
    stripe.close_dispute(dispute["id"], won=won)
    comparison.run()
    session = queries.find(paid)
    assert session.money is money
    assert (session.disputed_at is None) == won


def test_late_money_pays_the_order_when_the_goods_can_be_had_again(late: str) -> None:
    comparison.run()
    assert (queries.find(late).state, order_of(late).status) == (State.COMPLETED, OrderStatus.PAID)
    assert verdicts() == [Verdict.LATE_MONEY]


def test_late_money_for_what_is_sold_out_goes_back_once(late: str, stripe: StripeServer) -> None:
    fill_cart("somebody quicker")
    opening.place_and_open("somebody quicker", "Bob", "bob@example.org", BASE_URL)
    comparison.run()
    assert queries.find(late).returning
    assert settled(only_refund(late).id, reconciler.reconcile) is RefundState.MADE
    comparison.run()
    reconciler.reconcile()
    assert (queries.find(late).state, order_of(late).status) == (State.REFUNDED, OrderStatus.UNPAID)
    assert at_stripe(stripe) == [(4200, only_refund(late).id)]
    assert verdicts() == [Verdict.LATE_MONEY]


def charge_at(gateway: Gateway, stripe: StripeServer, session: str) -> str:
    """A charge past the shop's books; returns its intent."""
    reference = gateway.open(Handle(session, None, 1500, "EUR"), 10.0)
    request = ChargeRequest(session, reference, 1, stripe.token(APPROVE), 1500, "EUR", 10.0, BASE_URL)
    gateway.charge(request)
    return reference


def test_money_without_any_payment_of_ours_is_found_and_given_back_once(app: Flask, stripe: StripeServer) -> None:
    reference = charge_at(runtime().gateway, stripe, "a-session-of-yesterday")
    comparison.run()
    [finding] = findings.open_ones()
    assert (finding.verdict, finding.reference, finding.amount) == (Verdict.CHARGED_NOT_PAID, reference, 1500)
    for _ in range(2):
        resolutions.refund(finding, "admin")
    wait_for(lambda: [amount for amount, _ in at_stripe(stripe)] == [1500])
    comparison.run()
    assert verdicts() == []


def test_money_of_another_shop_on_the_same_account_is_none_of_ours(app: Flask, stripe: StripeServer) -> None:
    other = Stripe(stripe.secret_key, stripe.publishable_key, stripe.url, "another shop", 10.0)
    charge_at(other, stripe, "a-session-of-theirs")
    assert comparison.run() == 0
    assert verdicts() == []


def test_books_of_several_pages_are_read_whole(
    app: Flask, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcart.gateways.stripe.charges.PAGE", 2)
    for number in range(5):
        charge_at(runtime().gateway, stripe, f"session-{number}")
    assert [charge.session for charge in runtime().gateway.charges()] == [f"session-{number}" for number in range(5)]
    assert comparison.run() == 5
