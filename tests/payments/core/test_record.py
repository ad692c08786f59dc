"""What the only writer makes of an attempt and of every answer to it, in any order, however often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartcart.payments.core import account_binding, queries, record
from smartcart.payments.core.refusals import (
    AttemptsUsedUp,
    Cancelling,
    Closed,
    Expired,
    InProgress,
    NotFound,
    OutcomeUnknown,
    Refused,
)
from smartcart.payments.core.terms import Instrument
from smartcart.rules.outcomes import (
    APPROVED,
    CRASHED,
    NOT_CHARGED,
    PENDING,
    TIMED_OUT,
    UNREACHABLE,
    Interruption,
    Outcome,
    OutcomeKind,
)
from smartcart.rules.payment_states import State
from smartcart.shop.models import OrderStatus
from tests.payments.opened import (
    AT_THE_BANK,
    DECLINED,
    MERCHANT,
    NOW,
    PLAN,
    attempt,
    begin,
    end_unpaid,
    open_for_merchant,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)

pytestmark = pytest.mark.usefixtures("still_clock")


def test_an_attempt_is_counted_and_numbered_before_anything_leaves_the_house() -> None:
    session_id = open_session()
    begun = attempt(begin(session_id, "sandbox_slow"))
    session = queries.find(session_id)
    assert (begun.number, begun.method, begun.outcome) == (1, "sandbox_slow", None)
    assert (session.state, session.attempts, session.method) == (State.PROCESSING, 1, "sandbox_slow")
    assert session.due_at == begun.deadline_at == NOW + timedelta(seconds=31)


def test_no_second_attempt_begins_while_one_is_under_way() -> None:
    session_id = open_session()
    begin(session_id)
    with pytest.raises(InProgress):
        begin(session_id)
    assert queries.find(session_id).attempts == 1


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [(TIMED_OUT, OutcomeUnknown), (PENDING, OutcomeUnknown), (AT_THE_BANK, InProgress), (APPROVED, Closed)],
)
def test_no_attempt_begins_before_the_last_one_is_proven_to_have_charged_nothing(
    outcome: Outcome, refusal: type[Refused]
) -> None:
    session_id = open_session()
    settle(begin(session_id), outcome)
    with pytest.raises(refusal):
        begin(session_id)
    assert len(queries.attempts_of(session_id)) == 1


@pytest.mark.parametrize("proof", [DECLINED, NOT_CHARGED, UNREACHABLE])
def test_the_next_attempt_begins_after_a_proof(proof: Outcome) -> None:
    session_id = open_session()
    settle(begin(session_id), proof)
    assert attempt(begin(session_id)).number == 2


def test_no_attempt_begins_when_time_is_over() -> None:
    session_id = open_session()
    time_passes(900)
    with pytest.raises(Expired):
        begin(session_id)
    assert state_of(session_id) is State.CREATED


def test_no_attempt_begins_while_it_is_being_cancelled() -> None:
    session_id = open_session()
    record.request_cancel(session_id, "shopper", "")
    with pytest.raises(Cancelling):
        begin(session_id)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [(State.FAILED, AttemptsUsedUp), (State.CANCELLED, Closed), (State.EXPIRED, Expired)],
)
def test_no_attempt_begins_on_what_has_ended(state: State, refusal: type[Refused]) -> None:
    session_id, _ = end_unpaid(state)
    with pytest.raises(refusal):
        begin(session_id)


def test_no_attempt_begins_on_what_there_is_not() -> None:
    with pytest.raises(NotFound):
        begin("no-such-session")


def test_the_reference_that_came_first_stays() -> None:
    session_id = open_session()
    account_binding.store_reference(session_id, "first")
    account_binding.store_reference(session_id, "second")
    assert queries.find(session_id).reference == "first"


def test_approved_completes_the_session_and_pays_its_order() -> None:
    session_id = open_session(quantity=2)
    settle(begin(session_id), APPROVED)
    order = order_of(session_id)
    assert (state_of(session_id), order.status, order.paid_at) == (State.COMPLETED, OrderStatus.PAID, NOW)
    assert stock_left() == 3


@pytest.mark.parametrize("outcome", [APPROVED, DECLINED, TIMED_OUT, AT_THE_BANK, UNREACHABLE, PENDING])
def test_an_answer_that_is_heard_twice_changes_nothing_more(outcome: Outcome) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    once = settle(attempt_id, outcome)
    version, told = once.version, len(queries.events_of(session_id))
    settle(attempt_id, outcome)
    assert queries.find(session_id).version == version
    assert len(queries.events_of(session_id)) == told


@pytest.mark.parametrize("late", [DECLINED, NOT_CHARGED, UNREACHABLE, TIMED_OUT, CRASHED, PENDING, AT_THE_BANK])
def test_paid_never_becomes_unpaid_by_a_late_answer(late: Outcome) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    settle(attempt_id, APPROVED)
    settle(attempt_id, late, closed=True)
    assert (state_of(session_id), order_of(session_id).status) == (State.COMPLETED, OrderStatus.PAID)
    assert attempt(attempt_id).outcome is OutcomeKind.APPROVED


@pytest.mark.parametrize("late", [DECLINED, NOT_CHARGED, UNREACHABLE, TIMED_OUT, CRASHED, PENDING, AT_THE_BANK])
def test_a_late_answer_to_an_earlier_attempt_does_not_touch_the_one_under_way(late: Outcome) -> None:
    session_id = open_session()
    first = begin(session_id)
    settle(first, DECLINED)
    second = begin(session_id)
    settle(first, late)
    assert state_of(session_id) is State.PROCESSING
    assert attempt(second).outcome is None


def test_a_late_approval_of_an_earlier_attempt_wins_over_the_one_under_way() -> None:
    session_id = open_session()
    first = begin(session_id)
    settle(first, NOT_CHARGED)
    second = begin(session_id)
    settle(first, APPROVED)
    assert state_of(session_id) is State.COMPLETED
    assert [attempt(each).outcome for each in (first, second)] == [OutcomeKind.APPROVED, OutcomeKind.NOT_CHARGED]
    settle(second, DECLINED)
    assert state_of(session_id) is State.COMPLETED


def test_no_answer_leaves_the_attempt_undecided_and_is_looked_into_soon() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    session = settle(attempt_id, TIMED_OUT)
    assert (session.state, session.interruption) == (State.CHECKING, Interruption.TIMEOUT)
    assert session.due_at == NOW + timedelta(seconds=2)
    assert attempt(attempt_id).outcome is None


@pytest.mark.parametrize("proof", [DECLINED, NOT_CHARGED, UNREACHABLE])
def test_the_last_attempt_stays_undecided_until_the_reference_is_closed(proof: Outcome) -> None:
    session_id = open_for_merchant(replace(MERCHANT, max_attempts=1))
    attempt_id = begin(session_id)
    assert settle(attempt_id, proof, closed=False).state is State.CHECKING
    assert attempt(attempt_id).outcome is None
    assert settle(attempt_id, DECLINED, closed=True).state is State.FAILED
    assert attempt(attempt_id).outcome is OutcomeKind.DECLINED


def test_the_reason_of_a_decline_is_kept_for_the_shopper_until_the_next_attempt() -> None:
    session_id = open_session()
    assert settle(begin(session_id), DECLINED).refusal_code == "card_declined"
    begin(session_id)
    assert queries.find(session_id).refusal_code == ""


def test_where_the_bank_asks_is_kept_until_it_no_longer_does() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    assert settle(attempt_id, AT_THE_BANK).action_url == "/bank/sb_1/1"
    assert settle(attempt_id, DECLINED).action_url == ""


def test_a_session_given_up_at_the_bank_is_for_the_gateway_to_tell() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    settle(attempt_id, AT_THE_BANK)
    assert record.abandon(session_id, "shopper", PLAN).state is State.CHECKING
    assert settle(attempt_id, NOT_CHARGED).state is State.INTERRUPTED


@pytest.mark.parametrize("outcome", [DECLINED, TIMED_OUT, APPROVED])
def test_only_a_session_at_the_bank_can_be_given_up_there(outcome: Outcome) -> None:
    session_id = open_session()
    before = settle(begin(session_id), outcome).state
    assert record.abandon(session_id, "shopper", PLAN).state is before


def test_an_unreachable_gateway_is_tried_again_later_and_later() -> None:
    session_id = open_session()
    for delay in (2, 4):
        attempt_id = record.begin(
            session_id, Instrument("sandbox_approve"), record.AUTOMATIC_RETRY, 30.0, lambda: True
        ).attempt_id
        session = settle(attempt_id, UNREACHABLE)
        assert session.retry_at == session.due_at == NOW + timedelta(seconds=delay)


@pytest.mark.parametrize("outcome", [DECLINED, NOT_CHARGED])
def test_nothing_else_is_tried_again_unasked(outcome: Outcome) -> None:
    session = settle(begin(open_session()), outcome)
    assert (session.retry_at, session.due_at) == (None, None)


def test_what_is_being_cancelled_is_not_tried_again() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    record.request_cancel(session_id, "shopper", "")
    session = settle(attempt_id, UNREACHABLE)
    assert (session.retry_at, session.due_at) == (None, NOW)


def test_who_pays_sooner_by_hand_is_not_tried_again_as_well() -> None:
    session_id = open_session()
    settle(begin(session_id), UNREACHABLE)
    begin(session_id)
    assert queries.find(session_id).retry_at is None
