"""As long as nobody knows: the gateway is asked later and later, and nothing is given up silently."""

from datetime import timedelta

import pytest
from flask import Flask

from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import next_check, queries, record
from smartcart.payments.core.models import EventKind
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import (
    APPROVED,
    GATEWAY_ERROR,
    NOT_CHARGED,
    TIMED_OUT,
    Interruption,
    Outcome,
)
from smartcart.rules.payment_states import State
from tests.payments.opened import (
    AT_THE_BANK,
    DECLINED,
    NOW,
    PLAN,
    begin,
    open_session,
    settle,
    time_passes,
    write_down,
)
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("still_clock")


def test_the_gateway_is_asked_later_and_later_and_a_person_called_at_last() -> None:
    session_id = open_session()
    settle(begin(session_id), TIMED_OUT)
    for delay in (5, 10, 20, 40, 80, 160, 320, 600, 600):
        next_check.checked(session_id, "unknown", "reconciler", 5.0)
        session = queries.find(session_id)
        assert (session.due_at, session.needs_person_at) == (NOW + timedelta(seconds=delay), None)
    next_check.checked(session_id, "unknown", "reconciler", 5.0)
    assert queries.find(session_id).needs_person_at == NOW
    kinds = [event.kind for event in queries.events_of(session_id)]
    assert kinds.count(EventKind.ASKED) == 10
    assert kinds.count(EventKind.NEEDS_PERSON) == 1


def test_nobody_is_needed_any_more_once_the_answer_is_there() -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    settle(attempt_id, TIMED_OUT)
    for _ in range(10):
        next_check.checked(session_id, "unknown", "reconciler", 5.0)
    session = settle(attempt_id, NOT_CHARGED)
    assert (session.needs_person_at, session.looks) == (None, 0)


def test_a_question_that_found_nothing_does_not_redraw_the_page() -> None:
    session_id = open_session()
    before = settle(begin(session_id), TIMED_OUT).version
    next_check.checked(session_id, "unknown", "reconciler", 5.0)
    assert queries.find(session_id).version == before


@pytest.mark.parametrize("outcome", [None, DECLINED, APPROVED])
def test_nobody_asks_about_what_is_not_in_the_dark(outcome: Outcome | None) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    if outcome:
        settle(attempt_id, outcome)
    next_check.checked(session_id, "unknown", "reconciler", 5.0)
    assert queries.find(session_id).looks == 0


@pytest.mark.parametrize("outcome", [GATEWAY_ERROR, DECLINED, APPROVED])
def test_an_interruption_is_a_line_in_the_trail_and_moves_nothing(outcome: Outcome) -> None:
    session_id = open_session()
    before = settle(begin(session_id), outcome).state
    session = record.note_interruption(session_id, Interruption.BROWSER_CLOSED, "shopper", "tab closed")
    assert session.state is before
    told = queries.events_of(session_id)[-1]
    assert (told.kind, told.interruption, told.detail) == (
        EventKind.INTERRUPTED, Interruption.BROWSER_CLOSED, "tab closed",
    )  # fmt: skip


def test_an_endless_reason_is_cut_to_what_a_line_of_the_trail_holds() -> None:
    session_id = open_session()
    record.request_cancel(session_id, "shopper", "x" * 1000)
    assert queries.events_of(session_id)[-1].detail == "x" * 500


def test_who_stays_at_the_bank_is_waited_for_until_time_is_over_and_no_longer() -> None:
    session_id = open_session()
    settle(begin(session_id), AT_THE_BANK)
    time_passes(640)
    for _ in range(9):
        next_check.checked(session_id, "action_required", "reconciler", 5.0)
    session = queries.find(session_id)
    assert session.due_at == session.expires_at


def test_who_asks_out_of_turn_puts_the_answer_off_for_nobody_and_calls_no_person() -> None:
    session_id = open_session()
    settle(begin(session_id), TIMED_OUT)
    due_at = queries.find(session_id).due_at
    for _ in range(20):
        next_check.checked(session_id, "pending", "merchant", None)
    session = queries.find(session_id)
    assert (session.due_at, session.looks, session.needs_person_at) == (due_at, 0, None)
    assert [event.kind for event in queries.events_of(session_id)].count(EventKind.ASKED) == 20


def test_however_often_others_ask_the_reconciler_finds_the_charge_at_its_time(scripted_shop: Flask) -> None:
    session_id = open_session()
    gateway_calls.charge(write_down(session_id, "sandbox_slow", timeout=2.0))
    for number in range(16):
        desk.confirm(session_id, "merchant") if number % 2 else gateway_calls.ask(session_id, "webhook")
        time_passes(0.15)
    assert queries.find(session_id).state is State.CHECKING
    for _ in range(10):
        time_passes(1)
        reconciler.reconcile()
    wait_for(lambda: queries.find(session_id).state is State.COMPLETED)
    assert not [event for event in queries.events_of(session_id) if event.kind is EventKind.NEEDS_PERSON]


def test_who_turns_to_the_bank_and_back_puts_the_answer_off_for_nobody() -> None:
    session_id = open_session()
    settle(begin(session_id), AT_THE_BANK)
    time_passes(2)
    due_at = queries.find(session_id).due_at
    assert record.abandon(session_id, "shopper", PLAN).due_at == due_at


def test_a_refund_that_is_pressed_for_often_is_asked_about_at_its_time() -> None:
    session_id = open_session()
    settle(begin(session_id), APPROVED)
    transitions.request(session_id, 1000, "", "admin", "r" * 32)
    for _ in range(20):
        transitions.settle("r" * 32, RefundAnswer.UNKNOWN, "admin")
    refund = transitions.find("r" * 32)
    assert refund.looks == 1
    assert refund.due_at is not None
    assert refund.due_at <= NOW + timedelta(seconds=5)
    transitions.settle("r" * 32, RefundAnswer.UNKNOWN, "reconciler", is_in_turn=True)
    assert transitions.find("r" * 32).looks == 2
