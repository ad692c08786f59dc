"""A sum is set aside: it is taken once the owner says so, once at most, or given free; whatever dies on the way."""

import pytest
from flask import Flask

from smartcart.database.session import db
from smartcart.outbox.models import OwnerNotice
from smartcart.payments.core import queries, record
from smartcart.payments.core.refusals import InProgress, NothingHeld, Refused
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.payments.reconciliation import report
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import Money, State
from smartcart.shop.models import OrderStatus
from tests.payments.opened import open_session, order_of, state_of, stock_left, time_passes
from tests.payments.paying import set_aside
from tests.payments.scripted import DOWN, Scripted
from tests.support.two_at_once import kinds, together
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")

DAY = 86400.0


def try_to_hold(method: str = "sandbox_approve", confirm: bool = False) -> str:
    """A session of which one attempt was carried out, whose sum was to be set aside; returns its id."""
    return set_aside(open_session(), method, confirm)


def held() -> str:
    session_id = try_to_hold()
    assert state_of(session_id) is State.AUTHORIZED
    return session_id


def reconciled(session_id: str, state: State, after: float = 5.0) -> None:
    """The reconciler comes by, as often as it takes, and brings it there."""

    def is_there() -> bool:
        time_passes(after)
        reconciler.reconcile()
        return state_of(session_id) is state

    wait_for(is_there)


def taken(gateway: Scripted) -> int:
    return sum(charge.is_taken for charge in gateway.charges())


def test_what_is_set_aside_is_reserved_and_not_paid_and_the_order_keeps_its_stock(gateway: Scripted) -> None:
    session_id = held()
    session = queries.find(session_id)
    assert (session.money, session.ended_at) == (Money.RESERVED, None)
    assert (order_of(session_id).status, stock_left()) == (OrderStatus.OPEN, 4)
    assert [attempt.outcome for attempt in queries.attempts_of(session_id)] == [OutcomeKind.AUTHORIZED]
    assert taken(gateway) == 0


def test_it_neither_expires_nor_is_tried_again(gateway: Scripted) -> None:
    session_id = held()
    time_passes(DAY)
    reconciler.sweep()
    reconciler.reconcile()
    assert state_of(session_id) is State.AUTHORIZED
    with pytest.raises(InProgress):
        desk.pay(session_id, "sandbox_approve", "shopper")
    assert gateway.asked.count("charge") == 1


def test_the_books_agree_on_it(gateway: Scripted) -> None:
    held()
    assert report.audit().differences == []
    assert [line.status for line in report.gateway_books()] == ["authorized"]


def test_the_owner_has_it_taken(gateway: Scripted) -> None:
    session_id = held()
    desk.capture(session_id, "admin")
    wait_for(lambda: state_of(session_id) is State.COMPLETED)
    assert order_of(session_id).status is OrderStatus.PAID
    assert [attempt.outcome for attempt in queries.attempts_of(session_id)] == [OutcomeKind.APPROVED]
    assert taken(gateway) == 1
    assert report.audit().differences == []


def test_of_two_who_have_it_taken_at_once_one_does(scripted_shop: Flask, gateway: Scripted) -> None:
    session_id = held()
    answers = together(scripted_shop, *[lambda: record.capture(session_id, "admin")] * 2)
    assert kinds(answers) == {"LockedSession": 1, "NothingHeld": 1}
    reconciled(session_id, State.COMPLETED)
    assert taken(gateway) == 1


def test_of_taking_and_giving_up_at_once_the_first_is_done(scripted_shop: Flask, gateway: Scripted) -> None:
    session_id = held()
    together(
        scripted_shop,
        lambda: record.capture(session_id, "admin"),
        lambda: record.request_cancel(session_id, "shopper", ""),
    )
    was_taken = state_of(session_id) is State.CHECKING
    reconciled(session_id, State.COMPLETED if was_taken else State.CANCELLED)
    assert taken(gateway) == was_taken


def test_who_cancels_has_it_given_free(gateway: Scripted) -> None:
    session_id = held()
    desk.cancel(session_id, "shopper")
    wait_for(lambda: state_of(session_id) is State.CANCELLED)
    assert (queries.find(session_id).money, stock_left()) == (Money.NOT_TAKEN, 5)
    assert [attempt.outcome for attempt in queries.attempts_of(session_id)] == [OutcomeKind.NOT_CHARGED]
    assert list(gateway.charges()) == []
    assert [event.move for event in queries.events_of(session_id)][-1] == "released"


@pytest.mark.parametrize("end", ["given free", "taken", "never set aside"])
def test_only_what_is_set_aside_can_be_taken(end: str) -> None:
    session_id = open_session() if end == "never set aside" else held()
    if end == "given free":
        record.request_cancel(session_id, "shopper", "")
    elif end == "taken":
        record.capture(session_id, "admin")
    with pytest.raises(Refused) as refusal:
        desk.capture(session_id, "admin")
    assert isinstance(refusal.value, NothingHeld) is (end != "given free")


def test_whoever_dies_before_it_is_asked_for_has_it_taken_by_the_reconciler(gateway: Scripted) -> None:
    session_id = held()
    record.capture(session_id, "admin")
    reconciled(session_id, State.COMPLETED)
    assert taken(gateway) == 1


def test_whoever_dies_before_the_answer_is_written_down_takes_it_once(gateway: Scripted) -> None:
    session_id = held()
    record.capture(session_id, "admin")
    gateway.capture(queries.standing(session_id).handle)
    reconciled(session_id, State.COMPLETED)
    assert taken(gateway) == 1


def test_while_the_gateway_does_not_answer_nobody_says_that_it_was_taken(gateway: Scripted) -> None:
    session_id = held()
    gateway.instead["capture"] = DOWN
    desk.capture(session_id, "admin")
    time_passes(5)
    reconciler.reconcile()
    assert queries.find(session_id).money is Money.CHECKING
    gateway.instead.clear()
    reconciled(session_id, State.COMPLETED)
    assert taken(gateway) == 1


@pytest.mark.parametrize("is_closed_already", [False, True])
def test_whoever_dies_over_giving_it_free_is_replaced(gateway: Scripted, is_closed_already: bool) -> None:
    session_id = held()
    record.request_cancel(session_id, "shopper", "")
    if is_closed_already:
        gateway.close(queries.standing(session_id).handle)
    reconciled(session_id, State.CANCELLED)
    assert list(gateway.charges()) == []


def test_what_lapsed_before_it_could_be_taken_says_so() -> None:
    session_id = held()
    time_passes(7 * DAY + 60)
    record.capture(session_id, "admin")
    reconciled(session_id, State.CANCELLED)
    assert [event.move for event in queries.events_of(session_id)][-1] == "lapsed"
    assert order_of(session_id).status is OrderStatus.UNPAID


def test_what_somebody_captures_at_the_gateway_is_paid(gateway: Scripted) -> None:
    session_id = held()
    gateway.capture(queries.standing(session_id).handle)
    gateway_calls.ask(session_id, "gateway")
    assert state_of(session_id) is State.COMPLETED


def test_what_somebody_releases_at_the_gateway_has_lapsed(gateway: Scripted) -> None:
    session_id = held()
    gateway.close(queries.standing(session_id).handle)
    gateway_calls.ask(session_id, "gateway")
    assert state_of(session_id) is State.CANCELLED


def test_without_a_word_of_the_owner_it_is_given_free_a_day_before_it_lapses(gateway: Scripted) -> None:
    session_id = held()
    time_passes(6 * DAY - 60)
    reconciler.reconcile()
    assert state_of(session_id) is State.AUTHORIZED
    reconciled(session_id, State.CANCELLED, after=60)
    assert list(gateway.charges()) == []


def notices() -> list[str]:
    db.session.rollback()
    return [notice.kind for notice in db.session.query(OwnerNotice).order_by(OwnerNotice.id)]


def test_the_owner_is_told_when_it_is_set_aside_and_two_days_before_it_is_given_free(scripted_shop: Flask) -> None:
    told = scripted_shop.config["SETTINGS"].model_copy(update={"owner_email": "owner@example.org"})
    scripted_shop.config["SETTINGS"] = told
    held()
    assert notices() == ["held"]
    time_passes(4 * DAY - 60)
    reconciler.reconcile()
    assert notices() == ["held"]
    for _ in range(3):
        time_passes(1200)
        reconciler.reconcile()
    assert notices() == ["held", "held"]


def test_what_was_set_aside_and_lost_its_reply_is_found_to_be(gateway: Scripted) -> None:
    session_id = try_to_hold("sandbox_lost_reply")
    assert state_of(session_id) is State.CHECKING
    reconciled(session_id, State.AUTHORIZED)
    assert taken(gateway) == 0


def test_who_cancels_while_it_is_being_set_aside_has_it_given_free(gateway: Scripted) -> None:
    session_id = try_to_hold("sandbox_lost_reply")
    record.request_cancel(session_id, "shopper", "")
    reconciled(session_id, State.CANCELLED)
    assert list(gateway.charges()) == []


def test_what_the_bank_was_to_confirm_is_set_aside_after_that(gateway: Scripted) -> None:
    session_id = try_to_hold(confirm=True)
    assert state_of(session_id) is State.ACTION_REQUIRED
    gateway.ledger.answer_challenge(queries.standing(session_id).handle.reference or "", 1, confirmed=True)
    gateway_calls.ask(session_id, "shopper")
    assert state_of(session_id) is State.AUTHORIZED
    assert taken(gateway) == 0
