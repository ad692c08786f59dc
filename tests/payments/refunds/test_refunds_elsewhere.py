"""What is given back past the shop, on the gateway's own pages or by the shopper's bank, is taken up here."""

import pytest

from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import findings, queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.flow import desk, gateway_calls
from smartcart.payments.refunds import calls as refunds
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import Money, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.payments.opened import open_session, order_of, write_down
from tests.payments.paying import given_back, pay_new_session, settled
from tests.payments.scripted import Scripted
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")


@pytest.fixture
def paid() -> str:
    return pay_new_session()


def at_the_gateway(gateway: Scripted, session_id: str, amount: int, key: str = "of the dashboard") -> None:
    """Somebody gives back on the gateway's own pages."""
    assert gateway.ledger.refund(queries.find(session_id).reference or "", amount, key)


def dispute(gateway: Scripted, session_id: str, status: str, amount: int = 4200) -> None:
    gateway.ledger.dispute(queries.find(session_id).reference or "", amount, status)


def verdicts() -> list[Verdict]:
    return sorted(finding.verdict for finding in findings.open_ones())


def test_a_part_given_back_there_is_written_down_once(paid: str, gateway: Scripted) -> None:
    at_the_gateway(gateway, paid, 1000)
    for _ in range(3):
        assert refunds.follow(paid)
    session = queries.find(paid)
    assert (session.state, session.refunded) == (State.COMPLETED, 1000)
    assert order_of(paid).refunded == 1000
    [refund] = transitions.of_session(paid)
    assert (refund.amount, refund.state, refund.actor) == (1000, RefundState.MADE, "gateway")
    assert [event.actor for event in queries.events_of(paid) if event.kind is EventKind.REFUND_MADE] == ["gateway"]
    assert verdicts() == [Verdict.REFUNDED_ELSEWHERE]


def test_all_given_back_there_ends_the_payment_here(paid: str, gateway: Scripted) -> None:
    at_the_gateway(gateway, paid, 4200)
    refunds.follow(paid)
    assert queries.find(paid).money is Money.RETURNED
    assert order_of(paid).status is OrderStatus.REFUNDED


def test_our_own_refund_is_not_taken_for_one_of_theirs(paid: str) -> None:
    settled(desk.refund(paid, "admin", 1000).id)
    refunds.follow(paid)
    assert queries.find(paid).refunded == 1000
    assert verdicts() == []


@pytest.mark.parametrize("was_made", [True, False])
def test_while_our_own_refund_is_in_the_dark_the_books_tell_it_from_theirs(
    paid: str, gateway: Scripted, was_made: bool
) -> None:
    gateway.instead["refund"] = RefundAnswer.UNKNOWN
    ours = desk.refund(paid, "admin", 1000).id
    wait_for(lambda: transitions.find(ours).looks == 1)
    if was_made:
        at_the_gateway(gateway, paid, 1000, ours)
    at_the_gateway(gateway, paid, 300)
    refunds.follow(paid)
    assert queries.find(paid).refunded == (1300 if was_made else 300)
    del gateway.instead["refund"]
    refunds.make(ours, "reconciler")
    refunds.follow(paid)
    assert queries.find(paid).refunded == given_back(gateway) == 1300


def test_a_refund_that_is_refused_because_they_were_first_is_put_right_at_once(paid: str, gateway: Scripted) -> None:
    at_the_gateway(gateway, paid, 4200)
    assert settled(desk.refund(paid, "admin").id) is RefundState.REFUSED
    wait_for(lambda: queries.find(paid).state is State.REFUNDED)
    assert given_back(gateway) == 4200


def test_a_dispute_is_shown_and_the_order_stays_paid(paid: str, gateway: Scripted) -> None:
    dispute(gateway, paid, "open")
    for _ in range(2):
        refunds.follow(paid)
    session = queries.find(paid)
    assert session.disputed_at is not None
    assert (session.state, session.money) == (State.COMPLETED, Money.TAKEN)
    assert [event.kind for event in queries.events_of(paid)].count(EventKind.DISPUTED) == 1
    assert verdicts() == [Verdict.DISPUTED]


def test_a_dispute_that_is_won_is_over(paid: str, gateway: Scripted) -> None:
    for status in ("open", "won"):
        dispute(gateway, paid, status)
        refunds.follow(paid)
    session = queries.find(paid)
    assert (session.disputed_at, session.refunded) == (None, 0)
    assert "stays with the shop" in queries.events_of(paid)[-1].detail


def test_a_lost_dispute_is_money_that_went_back(paid: str, gateway: Scripted) -> None:
    for status in ("open", "lost", "lost"):
        dispute(gateway, paid, status)
        refunds.follow(paid)
    session = queries.find(paid)
    assert (session.state, session.money, session.refunded) == (State.REFUNDED, Money.RETURNED, 4200)
    assert session.disputed_at is not None
    assert order_of(paid).status is OrderStatus.REFUNDED
    assert verdicts() == [Verdict.DISPUTE_LOST, Verdict.DISPUTED]


def test_a_lost_dispute_after_a_refund_returns_what_was_left_at_most(paid: str, gateway: Scripted) -> None:
    settled(desk.refund(paid, "admin", 1000).id)
    dispute(gateway, paid, "lost")
    refunds.follow(paid)
    assert queries.find(paid).refunded == 4200


def test_of_what_never_left_the_house_the_gateway_is_not_asked(gateway: Scripted) -> None:
    session_id = open_session()
    assert refunds.follow(session_id)
    assert gateway.asked == []
    assert queries.find(session_id).state is State.CREATED


def test_of_what_is_not_paid_nothing_is_taken_up(gateway: Scripted) -> None:
    session_id = open_session()
    gateway_calls.charge(write_down(session_id, "sandbox_decline"))
    assert refunds.follow(session_id)
    assert queries.find(session_id).state is State.INTERRUPTED
