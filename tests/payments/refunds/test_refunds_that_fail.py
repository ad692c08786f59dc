"""A refund that was made, and came back days later: session, order, page and owner follow."""

import pytest
from flask import Flask

from smartcart import clock
from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import findings, queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.flow import desk
from smartcart.payments.reconciliation import comparison
from smartcart.payments.reconciliation.report import audit
from smartcart.payments.refunds import calls, transitions
from smartcart.rules.payment_states import Money, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.payments.opened import open_session, order_of, time_passes
from tests.payments.paying import given_back, pay_new_session, settled
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE

# What came back is a move of the record, which its own tests hold on both databases.
pytestmark = [pytest.mark.usefixtures("scripted_shop"), ON_SQLITE]
A_DAY = 86400.0


@pytest.fixture
def paid() -> str:
    return pay_new_session()


def make_refund(session_id: str, amount: int | None = None) -> str:
    refund = desk.refund(session_id, "admin", amount, "asked for")
    assert settled(refund.id) is RefundState.MADE
    return refund.id


def kinds(session_id: str) -> list[EventKind]:
    queries.find(session_id)
    return [event.kind for event in queries.events_of(session_id)]


def test_all_of_it_came_back_so_it_is_taken_again(paid: str, gateway: Scripted) -> None:
    refund_id = make_refund(paid)
    assert queries.find(paid).state is State.REFUNDED
    gateway.ledger.fail_refund(refund_id)
    calls.follow(paid)
    session = queries.find(paid)
    assert (session.state, session.money, session.refunded) == (State.COMPLETED, Money.TAKEN, 0)
    assert (session.refund_pending, session.refund_failed) == (0, 4200)
    assert session.needs_person_at is not None
    assert transitions.find(refund_id).state is RefundState.FAILED
    assert (order_of(paid).status, order_of(paid).refunded) == (OrderStatus.PAID, 0)
    assert kinds(paid)[-2:] == [EventKind.REFUND_FAILED, EventKind.MOVED]
    assert [(each.verdict, each.session) for each in findings.open_ones()] == [(Verdict.REFUND_FAILED, paid)]
    assert audit().differences == []


def test_a_part_that_came_back_leaves_the_rest_returned(paid: str, gateway: Scripted) -> None:
    stays, comes_back = make_refund(paid, 1000), make_refund(paid, 200)
    gateway.ledger.fail_refund(comes_back)
    calls.follow(paid)
    session = queries.find(paid)
    assert (session.state, session.refunded, session.refund_failed) == (State.COMPLETED, 1000, 200)
    assert order_of(paid).refunded == 1000
    assert transitions.find(stays).state is RefundState.MADE


def test_it_is_written_down_once_however_often_it_is_told(paid: str, gateway: Scripted) -> None:
    gateway.ledger.fail_refund(make_refund(paid))
    for _ in range(3):
        calls.follow(paid)
    assert kinds(paid).count(EventKind.REFUND_FAILED) == 1
    assert queries.find(paid).refunded == 0


def test_the_books_find_it_without_any_webhook(paid: str, gateway: Scripted) -> None:
    refund_id = make_refund(paid)
    comparison.run()
    time_passes(9 * A_DAY)
    gateway.ledger.fail_refund(refund_id)
    comparison.run()
    assert (queries.find(paid).state, queries.find(paid).refund_failed) == (State.COMPLETED, 4200)


def test_it_can_be_given_back_again_and_then_nothing_is_owed(paid: str, gateway: Scripted) -> None:
    gateway.ledger.fail_refund(make_refund(paid))
    calls.follow(paid)
    make_refund(paid)
    session = queries.find(paid)
    assert (session.state, session.refunded, session.refund_failed) == (State.REFUNDED, 4200, 0)
    assert given_back(gateway) == 4200


def test_what_somebody_gave_back_at_the_gateway_may_come_back_too(paid: str, gateway: Scripted) -> None:
    gateway.ledger.refund(queries.find(paid).reference or "", 1000, "of the dashboard")
    calls.follow(paid)
    assert queries.find(paid).refunded == 1000
    gateway.ledger.fail_refund("of the dashboard")
    calls.follow(paid)
    assert (queries.find(paid).refunded, queries.find(paid).refund_failed) == (0, 1000)


def test_late_money_that_could_not_be_returned_is_told_as_such(
    scripted_shop: Flask, paid: str, gateway: Scripted
) -> None:
    page = scripted_shop.test_client()
    gateway.ledger.fail_refund(make_refund(paid))
    calls.follow(paid)
    text = page.get(f"/pay/{paid}").text
    assert 'data-money="taken"' in text
    assert "could not be returned yet" in text
    assert "€42.00 was to be returned to you, and your bank did not take it." in text
    assert "Questions about it?" in text


def test_what_is_on_its_way_is_told_as_that_and_never_as_returned(
    scripted_shop: Flask, paid: str, gateway: Scripted
) -> None:
    gateway.instead["refund"] = RefundAnswer.PENDING
    desk.refund(paid, "admin")
    session = queries.find(paid)
    assert (session.state, session.refunded, session.refund_pending) == (State.COMPLETED, 0, 4200)
    text = scripted_shop.test_client().get(f"/pay/{paid}").text
    assert 'data-money="taken"' in text
    assert "€42.00 is on its way back to you." in text
    assert "returned. Depending" not in text


def test_the_sums_are_in_the_api(paid: str, gateway: Scripted) -> None:
    from smartcart.payments.core.session_json import of_session

    comes_back = make_refund(paid, 1000)
    make_refund(paid, 200)
    gateway.ledger.fail_refund(comes_back)
    calls.follow(paid)
    gateway.instead["refund"] = RefundAnswer.UNKNOWN
    desk.refund(paid, "admin", 30)
    told = of_session(queries.find(paid), clock.now(), gateway)
    assert (told["refunded"], told["refund_pending"], told["refund_failed"]) == (200, 30, 1000)


def test_nothing_was_owed_where_nothing_was_given_back(gateway: Scripted) -> None:
    session = queries.find(open_session())
    assert (session.refunded, session.refund_pending, session.refund_failed) == (0, 0, 0)
