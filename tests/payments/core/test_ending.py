"""How a session ends: cancelled, expired, or given more time."""

from datetime import timedelta

import pytest

from smartcart.database.session import db
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refusals import AlreadyPaid, Closed, Expired, NoMoreExtensions
from smartcart.rules.outcomes import (
    APPROVED,
    TIMED_OUT,
    Outcome,
)
from smartcart.rules.payment_states import ENDED_UNPAID, Move, State
from smartcart.shop.models import CartLine, OrderStatus
from tests.payments.opened import (
    AT_THE_BANK,
    DECLINED,
    NOW,
    begin,
    end_unpaid,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)

pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.mark.parametrize("state", sorted(ENDED_UNPAID))
def test_what_ends_unpaid_gives_its_stock_and_its_cart_back_once(state: State) -> None:
    session_id, attempt_id = end_unpaid(state, quantity=2)
    record.end(session_id, Move.CANCEL, "shopper")
    record.end(session_id, Move.EXPIRE, "clock")
    settle(attempt_id, DECLINED, closed=True)
    assert (state_of(session_id), order_of(session_id).status) == (state, OrderStatus.UNPAID)
    assert stock_left() == 5
    assert [line.quantity for line in db.session.query(CartLine)] == [2]


def test_nothing_expires_before_its_time() -> None:
    session_id = open_session()
    time_passes(899.9)
    assert record.end(session_id, Move.EXPIRE, "clock").state is State.CREATED
    time_passes(0.1)
    assert record.end(session_id, Move.EXPIRE, "clock").state is State.EXPIRED


@pytest.mark.parametrize("move", [Move.CANCEL, Move.EXPIRE])
@pytest.mark.parametrize("outcome", [None, TIMED_OUT, AT_THE_BANK])
def test_what_is_in_flight_is_neither_cancelled_nor_expired(move: Move, outcome: Outcome | None) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    before = settle(attempt_id, outcome).state if outcome else State.PROCESSING
    time_passes(1000)
    assert record.end(session_id, move, "clock").state is before


def test_a_wish_to_cancel_in_flight_is_written_down_once_and_due_when_the_outcome_is_known() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    for _ in range(2):
        assert record.request_cancel(session_id, "shopper", "changed my mind").cancelling
    session = settle(attempt_id, DECLINED)
    assert (session.state, session.cancelling, session.due_at) == (State.INTERRUPTED, True, NOW)
    wishes = [event for event in queries.events_of(session_id) if event.kind is EventKind.CANCEL_REQUESTED]
    assert [(wish.actor, wish.detail) for wish in wishes] == [("shopper", "changed my mind")]


def test_a_wish_to_cancel_at_the_bank_is_due_at_once() -> None:
    session_id = open_session()
    settle(begin(session_id), AT_THE_BANK)
    assert record.request_cancel(session_id, "shopper", "").due_at == NOW


def test_what_is_paid_cannot_be_cancelled() -> None:
    session_id = open_session()
    settle(begin(session_id), APPROVED)
    with pytest.raises(AlreadyPaid):
        record.request_cancel(session_id, "shopper", "")


@pytest.mark.parametrize("state", sorted(ENDED_UNPAID))
def test_cancelling_what_has_ended_changes_nothing(state: State) -> None:
    session_id, _ = end_unpaid(state)
    before = queries.find(session_id).version
    assert not record.request_cancel(session_id, "shopper", "").cancelling
    assert queries.find(session_id).version == before


def test_an_extension_gives_a_whole_lifetime_from_now() -> None:
    session_id = open_session()
    time_passes(600)
    session = record.extend(session_id, "shopper", 900)
    assert (session.expires_at, session.extensions) == (NOW + timedelta(seconds=1500), 1)


def test_an_extension_takes_no_time_away() -> None:
    session_id = open_session()
    assert record.extend(session_id, "shopper", 1).expires_at == NOW + timedelta(seconds=900)


def test_time_is_given_ten_times() -> None:
    session_id = open_session()
    for _ in range(10):
        time_passes(300)
        record.extend(session_id, "shopper", 900)
    time_passes(300)
    with pytest.raises(NoMoreExtensions):
        record.extend(session_id, "shopper", 900)


@pytest.mark.parametrize("state", sorted(ENDED_UNPAID))
def test_what_has_ended_gets_no_more_time(state: State) -> None:
    session_id, _ = end_unpaid(state)
    with pytest.raises((Expired, Closed)):
        record.extend(session_id, "shopper", 900)


def test_what_is_out_of_time_gets_no_more_of_it_whether_or_not_the_sweep_has_come_by() -> None:
    session_id = open_session()
    time_passes(900)
    with pytest.raises(Expired):
        record.extend(session_id, "shopper", 900)
