"""Money that goes back: written down, called, settled; never more than was taken, and each refund once."""

from typing import Any

import pytest
from flask import Flask

from smartcart import clock
from smartcart.gateways.books import RefundAnswer
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.core import findings, queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refund_model import Refund, RefundState, new_id
from smartcart.payments.core.refusals import NothingToReturn, OtherGateway, TooMuchToReturn
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.refunds import calls, transitions
from smartcart.rules.patience import LOOKS_BEFORE_A_PERSON
from smartcart.rules.payment_states import Money, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.payments.opened import open_session, order_of, time_passes
from tests.payments.paying import given_back, pay_new_session, settled
from tests.payments.scripted import Scripted
from tests.support.databases import in_transaction, write_into
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")

DOWN = ConnectionError("the gateway is down")


@pytest.fixture
def paid() -> str:
    return pay_new_session()


def only_refund(session_id: str) -> Refund:
    queries.find(session_id)
    [refund] = transitions.of_session(session_id)
    return refund


def kinds(session_id: str) -> list[EventKind]:
    queries.find(session_id)
    return [event.kind for event in queries.events_of(session_id)]


def test_a_part_that_is_given_back_leaves_the_order_paid(paid: str, gateway: Scripted) -> None:
    version = queries.find(paid).version
    refund = desk.refund(paid, "admin", 1000, "a broken cup")
    assert settled(refund.id) is RefundState.MADE
    session = queries.find(paid)
    assert (session.state, session.money, session.refunded) == (State.COMPLETED, Money.TAKEN, 1000)
    assert session.version > version
    assert (order_of(paid).status, order_of(paid).refunded) == (OrderStatus.PAID, 1000)
    assert given_back(gateway) == 1000
    assert kinds(paid)[-2:] == [EventKind.REFUND_REQUESTED, EventKind.REFUND_MADE]


def test_all_of_it_given_back_in_parts_ends_as_refunded(paid: str, gateway: Scripted) -> None:
    for amount in (1000, 3200):
        settled(desk.refund(paid, "admin", amount).id)
    session = queries.find(paid)
    assert (session.state, session.money, session.refunded) == (State.REFUNDED, Money.RETURNED, 4200)
    assert (order_of(paid).status, order_of(paid).refunded) == (OrderStatus.REFUNDED, 4200)
    assert order_of(paid).paid_at is not None
    assert given_back(gateway) == 4200


def test_without_an_amount_all_that_is_left_goes_back(paid: str) -> None:
    settled(desk.refund(paid, "admin", 1000).id)
    settled(desk.refund(paid, "admin").id)
    assert sorted(refund.amount for refund in transitions.of_session(paid)) == [1000, 3200]
    assert queries.find(paid).state is State.REFUNDED


def test_more_than_is_left_is_refused_and_said(paid: str, gateway: Scripted) -> None:
    settled(desk.refund(paid, "admin", 4000).id)
    with pytest.raises(TooMuchToReturn, match=r"€2\.00 at most"):
        desk.refund(paid, "admin", 201)
    assert given_back(gateway) == 4000


def test_what_is_under_way_counts_as_given_back(paid: str, gateway: Scripted) -> None:
    gateway.instead["refund"] = RefundAnswer.UNKNOWN
    desk.refund(paid, "admin", 4000)
    with pytest.raises(TooMuchToReturn):
        desk.refund(paid, "admin", 201)
    desk.refund(paid, "admin", 200)
    with pytest.raises(NothingToReturn):
        desk.refund(paid, "admin")


def test_what_was_not_taken_cannot_be_given_back() -> None:
    session_id = open_session()
    with pytest.raises(NothingToReturn):
        desk.refund(session_id, "admin")
    assert transitions.of_session(session_id) == []


def test_a_button_pressed_twice_is_one_refund(paid: str, gateway: Scripted) -> None:
    button = new_id()
    for _ in range(2):
        desk.refund(paid, "admin", 1000, refund_id=button)
    assert settled(button) is RefundState.MADE
    assert (given_back(gateway), queries.find(paid).refunded) == (1000, 1000)


def test_it_is_on_record_before_the_gateway_is_asked(paid: str, gateway: Scripted) -> None:
    seen: list[Any] = []

    def look() -> RefundAnswer:
        assert not in_transaction(), "the gateway is asked inside a transaction"
        seen.append((only_refund(paid).state, only_refund(paid).due_at))
        return RefundAnswer.MADE

    gateway.instead["refund"] = look
    desk.refund(paid, "admin", 1000)
    wait_for(lambda: only_refund(paid).state is RefundState.MADE)
    [(state, due_at)] = seen
    assert state is RefundState.REQUESTED
    assert due_at is not None


@pytest.mark.parametrize("answer", [DOWN, RefundAnswer.UNKNOWN, RefundAnswer.PENDING])
def test_an_answer_that_did_not_come_is_asked_for_until_it_does(paid: str, gateway: Scripted, answer: Any) -> None:
    gateway.instead["refund"] = answer
    refund = desk.refund(paid, "admin", 1000)
    wait_for(lambda: only_refund(paid).looks == 1)
    time_passes(10)
    reconciler.reconcile()
    assert (only_refund(paid).state, only_refund(paid).looks) == (RefundState.REQUESTED, 2)
    assert queries.find(paid).refunded == 0
    del gateway.instead["refund"]
    time_passes(20)
    reconciler.reconcile()
    assert settled(refund.id) is RefundState.MADE
    assert (given_back(gateway), queries.find(paid).refunded) == (1000, 1000)


def test_a_lost_answer_gives_back_once(paid: str, gateway: Scripted) -> None:
    def lose() -> RefundAnswer:
        reference = queries.find(paid).reference or ""
        gateway.ledger.refund(reference, 1000, only_refund(paid).id)
        raise DOWN

    gateway.instead["refund"] = lose
    desk.refund(paid, "admin", 1000)
    wait_for(lambda: only_refund(paid).looks == 1)
    del gateway.instead["refund"]
    time_passes(10)
    reconciler.reconcile()
    assert settled(only_refund(paid).id) is RefundState.MADE
    assert given_back(gateway) == 1000


def test_a_refund_whose_process_died_comes_due_again(paid: str, gateway: Scripted) -> None:
    transitions.request(paid, 1000, "", "admin", "a-refund")
    assert reconciler.reconcile() == 0  # whoever wrote it down may be at it
    time_passes(31)
    assert reconciler.reconcile() == 1
    assert settled("a-refund") is RefundState.MADE
    assert given_back(gateway) == 1000


def test_a_refusal_changes_nothing_and_is_shown_to_a_person(paid: str, gateway: Scripted) -> None:
    gateway.instead["refund"] = RefundAnswer.REFUSED
    assert settled(desk.refund(paid, "admin", 1000).id) is RefundState.REFUSED
    assert (queries.find(paid).state, queries.find(paid).refunded) == (State.COMPLETED, 0)
    assert EventKind.REFUND_REFUSED in kinds(paid)
    assert [finding.verdict for finding in findings.open_ones()] == [Verdict.REFUND_REFUSED]
    del gateway.instead["refund"]
    settled(desk.refund(paid, "admin").id)
    assert queries.find(paid).state is State.REFUNDED


def test_after_ten_questions_a_person_is_called(paid: str, gateway: Scripted) -> None:
    gateway.instead["refund"] = DOWN
    refund_id = desk.refund(paid, "admin", 1000).id
    wait_for(lambda: only_refund(paid).looks == 1)
    for _ in range(LOOKS_BEFORE_A_PERSON - 1):
        assert queries.find(paid).needs_person_at is None
        calls.make(refund_id, "reconciler", is_in_turn=True)
    assert queries.find(paid).needs_person_at == clock.now()
    del gateway.instead["refund"]
    calls.make(refund_id, "reconciler", is_in_turn=True)
    assert queries.find(paid).needs_person_at is None


@pytest.mark.parametrize("late", [RefundAnswer.UNKNOWN, RefundAnswer.REFUSED, RefundAnswer.MADE])
def test_what_was_made_stays_made_whatever_is_said_later(paid: str, late: RefundAnswer) -> None:
    refund = desk.refund(paid, "admin", 1000)
    assert settled(refund.id) is RefundState.MADE
    transitions.settle(refund.id, late, "reconciler")
    assert (transitions.find(refund.id).state, queries.find(paid).refunded) == (RefundState.MADE, 1000)


def test_money_that_another_gateway_took_is_not_given_back_by_this_one(
    paid: str, gateway: Scripted, scripted_shop: Flask
) -> None:
    write_into(
        scripted_shop.config["SETTINGS"].database_url.replace("+psycopg", ""),
        "update payment_session set gateway = 'other'",
    )
    with pytest.raises(OtherGateway):
        desk.refund(paid, "admin")
    assert given_back(gateway) == 0


def test_the_balance_that_cannot_be_read_changes_nothing(paid: str, gateway: Scripted) -> None:
    gateway.instead["balance"] = GatewayError("down")
    assert not calls.follow(paid)
    assert queries.find(paid).refunded == 0
