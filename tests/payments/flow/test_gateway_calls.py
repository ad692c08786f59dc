"""Begin, call, settle: what is made of a gateway that fails in the middle, or answers when it is too late."""

from dataclasses import replace
from typing import Any

import pytest

from smartcart import clock
from smartcart.gateways.protocol import GatewayError
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries, record
from smartcart.payments.core.attempts import ChargeToMake
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.flow import gateway_calls, reconciler
from smartcart.rules.outcomes import APPROVED, NOT_CHARGED, TIMED_OUT, UNREACHABLE, Interruption, Outcome, OutcomeKind
from smartcart.rules.payment_states import Move, State
from tests.payments.opened import (
    AT_THE_BANK,
    DECLINED,
    MERCHANT,
    attempt,
    begin,
    open_for_merchant,
    open_session,
    settle,
    state_of,
    time_passes,
    write_down,
)
from tests.payments.scripted import DOWN, Scripted

pytestmark = pytest.mark.usefixtures("scripted_shop")


def last_attempt(method: str = "sandbox_decline") -> tuple[str, ChargeToMake]:
    """A session whose only attempt has begun."""
    session_id = open_for_merchant(replace(MERCHANT, max_attempts=1))
    return session_id, write_down(session_id, method)


def paid(session_id: str, method: str) -> PaymentSession:
    """The session after an attempt that was carried out."""
    gateway_calls.charge(write_down(session_id, method))
    return queries.find(session_id)


def test_the_reference_is_on_record_before_it_is_charged(gateway: Scripted) -> None:
    session_id = open_session()
    gateway.instead["charge"] = DOWN
    paid(session_id, "sandbox_approve")
    assert queries.find(session_id).reference == gateway.open(queries.find(session_id).handle(), 1.0)


def test_a_reference_that_cannot_be_opened_charges_nothing_and_is_tried_again(gateway: Scripted) -> None:
    gateway.instead["open"] = GatewayError()
    session = paid(open_session(), "sandbox_approve")
    assert (session.state, session.interruption) == (State.INTERRUPTED, Interruption.NETWORK_ERROR)
    assert session.retry_at is not None
    assert "charge" not in gateway.asked


def test_a_gateway_that_breaks_down_leaves_the_outcome_unknown(gateway: Scripted) -> None:
    gateway.instead["charge"] = DOWN
    session = paid(open_session(), "sandbox_approve")
    assert (session.state, session.interruption) == (State.CHECKING, Interruption.GATEWAY_ERROR)


def test_an_attempt_held_up_past_its_deadline_is_not_charged_any_more(gateway: Scripted) -> None:
    session_id = open_session()
    charge = write_down(session_id)
    time_passes(31)
    gateway_calls.charge(charge)
    assert gateway.asked == []
    assert state_of(session_id) is State.PROCESSING


def opening_takes(gateway: Scripted, session_id: str, seconds: float) -> None:
    handle = queries.find(session_id).handle()

    def slowly() -> str:
        time_passes(seconds)
        return Sandbox.open(gateway, handle, seconds)

    gateway.instead["open"] = slowly


def test_what_took_all_the_time_to_open_is_not_charged_any_more(gateway: Scripted) -> None:
    session_id = open_session()
    opening_takes(gateway, session_id, 31)
    session = paid(session_id, "sandbox_approve")
    assert (session.state, session.interruption) == (State.INTERRUPTED, Interruption.TIMEOUT)
    assert session.retry_at is None  # time that ran out is for the shopper to judge
    assert gateway.asked == ["open"]


def test_opening_and_charging_share_the_time_of_one_attempt(gateway: Scripted) -> None:
    session_id = open_session()
    opening_takes(gateway, session_id, 27)
    session = paid(session_id, "sandbox_slow")  # it would take 5 s
    assert (session.state, session.interruption) == (State.CHECKING, Interruption.TIMEOUT)


def test_why_a_reference_could_not_be_opened_decides_whether_it_is_tried_again(gateway: Scripted) -> None:
    refused = Outcome(OutcomeKind.NOT_CHARGED, Interruption.GATEWAY_ERROR, "api_key_expired")
    gateway.instead["open"] = GatewayError("wrong key", refused)
    session = paid(open_session(), "sandbox_approve")
    assert (session.state, session.retry_at) == (State.INTERRUPTED, None)
    assert (session.interruption, session.refusal_code) == (Interruption.GATEWAY_ERROR, "")  # no word of the bank's


def test_what_may_still_be_on_its_way_is_withdrawn_before_it_is_said_to_be_not_charged(gateway: Scripted) -> None:
    session_id = open_session()
    begin(session_id)
    time_passes(31)
    reconciler.attend(session_id)  # nobody has answered
    assert state_of(session_id) is State.CHECKING
    gateway_calls.ask(session_id, "reconciler")
    assert "withdraw" in gateway.asked
    assert state_of(session_id) is State.INTERRUPTED


def test_used_up_attempts_end_the_session_once_its_reference_is_closed(gateway: Scripted) -> None:
    session_id, charge = last_attempt()
    gateway_calls.charge(charge)
    assert state_of(session_id) is State.FAILED
    assert gateway.ledger.is_closed(queries.find(session_id).reference or "")


def test_used_up_attempts_end_the_session_later_when_the_reference_cannot_be_closed_at_once(gateway: Scripted) -> None:
    session_id, charge = last_attempt()
    gateway.instead["close"] = DOWN
    gateway_calls.charge(charge)
    assert state_of(session_id) is State.CHECKING
    gateway.instead.clear()
    gateway_calls.ask(session_id, "reconciler")
    assert state_of(session_id) is State.FAILED
    assert attempt(charge.attempt_id).outcome is OutcomeKind.DECLINED


def test_a_charge_found_when_closing_after_the_last_attempt_completes_the_session(gateway: Scripted) -> None:
    session_id, charge = last_attempt()
    gateway.instead["close"] = APPROVED
    gateway_calls.charge(charge)
    assert state_of(session_id) is State.COMPLETED


@pytest.mark.parametrize("late", [DECLINED, NOT_CHARGED, UNREACHABLE])
def test_a_late_answer_to_an_earlier_attempt_does_not_close_the_reference_under_the_last(
    gateway: Scripted, late: Outcome
) -> None:
    session_id = open_for_merchant(replace(MERCHANT, max_attempts=2))
    first = begin(session_id)
    settle(first, NOT_CHARGED)
    last = write_down(session_id)
    gateway_calls.conclude(session_id, first, late, "webhook")
    assert "close" not in gateway.asked
    gateway_calls.charge(last)
    assert state_of(session_id) is State.COMPLETED


def test_a_late_question_about_an_earlier_attempt_leaves_the_shopper_at_the_bank(gateway: Scripted) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_challenge")

    def meanwhile() -> Outcome:
        gateway.instead.clear()
        record.abandon(session_id, "shopper", gateway_calls.runtime().plan())
        gateway_calls.ask(session_id, "shopper")
        paid(session_id, "sandbox_challenge")
        return NOT_CHARGED

    gateway.instead["ask"] = meanwhile
    gateway_calls.ask(session_id, "reconciler")
    assert (state_of(session_id), queries.find(session_id).attempts) == (State.ACTION_REQUIRED, 2)


def test_a_session_never_tried_is_cancelled_without_asking_anybody(gateway: Scripted) -> None:
    session_id = open_session()
    gateway_calls.close(session_id, Move.CANCEL, "shopper")
    assert state_of(session_id) is State.CANCELLED
    assert gateway.asked == []


def test_a_session_is_cancelled_only_after_the_gateway_has_closed_its_reference(gateway: Scripted) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_decline")
    record.request_cancel(session_id, "shopper", "")
    gateway.instead["close"] = DOWN
    gateway_calls.close(session_id, Move.CANCEL, "reconciler", is_in_turn=True)
    session = queries.find(session_id)
    assert (session.state, session.cancelling, session.looks) == (State.INTERRUPTED, True, 1)
    assert session.due_at
    assert session.due_at > clock.now()
    gateway.instead.clear()
    gateway_calls.close(session_id, Move.CANCEL, "shopper")
    assert state_of(session_id) is State.CANCELLED


def test_a_charge_found_when_cancelling_completes_the_session(gateway: Scripted) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_decline")
    gateway.instead["close"] = APPROVED
    gateway_calls.close(session_id, Move.CANCEL, "shopper")
    assert state_of(session_id) is State.COMPLETED


def test_an_attempt_that_came_first_is_not_closed_away(gateway: Scripted) -> None:
    session_id = open_session()
    begin(session_id)
    gateway_calls.close(session_id, Move.EXPIRE, "clock")
    assert gateway.asked == []
    assert state_of(session_id) is State.PROCESSING


def test_a_wish_to_cancel_is_carried_out_when_the_outcome_is_known() -> None:
    session_id = open_session()
    charge = write_down(session_id, "sandbox_decline")
    record.request_cancel(session_id, "shopper", "")
    gateway_calls.charge(charge)
    assert state_of(session_id) is State.CANCELLED


def test_a_question_before_the_call_is_back_proves_nothing() -> None:
    session_id = open_session()
    begin(session_id)
    gateway_calls.ask(session_id, "shopper")
    assert state_of(session_id) is State.PROCESSING


def test_a_question_before_the_call_is_back_may_find_the_charge(gateway: Scripted) -> None:
    session_id = open_session()
    begin(session_id)
    gateway.instead["ask"] = APPROVED
    gateway_calls.ask(session_id, "shopper")
    assert state_of(session_id) is State.COMPLETED


@pytest.mark.parametrize("answer", [DOWN, UNREACHABLE, TIMED_OUT])
def test_a_question_that_arrives_nowhere_proves_nothing(gateway: Scripted, answer: Any) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_timeout")
    gateway.instead["ask"] = answer
    gateway_calls.ask(session_id, "reconciler", is_in_turn=True)
    session = queries.find(session_id)
    assert (session.state, session.looks) == (State.CHECKING, 1)


@pytest.mark.parametrize("answer", [DOWN, UNREACHABLE, TIMED_OUT, AT_THE_BANK])
def test_a_question_that_brings_nothing_new_leaves_the_shopper_at_the_bank(gateway: Scripted, answer: Any) -> None:
    session_id, charge = last_attempt("sandbox_challenge")
    gateway_calls.charge(charge)
    gateway.instead["ask"] = answer
    gateway_calls.ask(session_id, "reconciler")
    assert state_of(session_id) is State.ACTION_REQUIRED
    assert "close" not in gateway.asked


def test_what_was_left_at_the_bank_is_taken_back_before_it_counts_as_not_charged(gateway: Scripted) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_challenge")
    record.abandon(session_id, "shopper", gateway_calls.runtime().plan())
    gateway_calls.ask(session_id, "shopper")
    reference = queries.find(session_id).reference or ""
    assert state_of(session_id) is State.INTERRUPTED
    assert not gateway.ledger.answer_challenge(reference, 1, confirmed=True)


def test_an_ended_session_is_completed_when_a_question_finds_its_charge(gateway: Scripted) -> None:
    session_id = open_session()
    paid(session_id, "sandbox_decline")
    gateway_calls.close(session_id, Move.CANCEL, "shopper")
    gateway.instead["ask"] = APPROVED
    gateway_calls.ask(session_id, "admin")
    assert state_of(session_id) is State.COMPLETED
