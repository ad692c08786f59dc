"""A press on Pay that finds no thread free is on record and waits: charged in its turn, or provably never sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.api.serializers import error_category
from smartcart.payments.core import queries, record
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import InProgress
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.rules.outcomes import APPROVED, CRASHED, TAKEN_BACK, UNREACHABLE, WAITED_TOO_LONG, Outcome, OutcomeKind
from smartcart.rules.payment_states import State
from tests.payments.opened import (
    DECLINED,
    NOW,
    PLAN,
    attempt,
    begin,
    open_session,
    settle,
    state_of,
    stock_left,
    time_passes,
    write_down,
)
from tests.payments.scripted import Scripted
from tests.support.shopper import Shopper
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

# Of the usual 30 s for a payment.
WAITS = 15.0


@pytest.fixture
def session_id(scripted_shop: Flask) -> str:
    return open_session()


def press(session_id: str, method: str = "sandbox_approve") -> Callable[[], None]:
    """Pay while no thread is free; what a thread does once it is."""
    to_make = write_down(session_id, method, has_thread=False)
    return lambda: gateway_calls.charge(to_make)


def outcomes(session_id: str) -> list[OutcomeKind | None]:
    return [each.outcome for each in queries.attempts_of(session_id)]


def end(session_id: str) -> tuple[State, list[OutcomeKind | None], int]:
    """Where it stands, what became of its attempts, and how many of them do not count."""
    session = queries.find(session_id)
    return session.state, outcomes(session_id), session.unsent


def is_untouched(session: PaymentSession, gateway: Scripted) -> bool:
    """Whether the gateway has never heard of it."""
    return session.reference is None and gateway.asked == []


def test_it_is_under_way_for_who_pressed_and_for_the_reconciler_once_it_has_waited_too_long(session_id: str) -> None:
    press(session_id)
    session = queries.find(session_id)
    assert (session.state, session.attempts) == (State.PROCESSING, 1)
    assert session.due_at == NOW + timedelta(seconds=WAITS)
    with pytest.raises(InProgress):
        begin(session_id)


def test_in_its_turn_it_is_charged(session_id: str, gateway: Scripted) -> None:
    in_turn = press(session_id)
    time_passes(WAITS - 0.1)
    in_turn()
    assert end(session_id) == (State.COMPLETED, [OutcomeKind.APPROVED], 0)
    assert gateway.asked.count("charge") == 1


def test_while_it_is_charged_it_is_due_when_its_time_is_over(session_id: str, gateway: Scripted) -> None:
    in_turn = press(session_id)
    time_passes(10)
    version, seen = queries.find(session_id).version, []

    def look() -> Outcome:
        session = queries.find(session_id)
        seen.append((session.due_at, session.version))
        return APPROVED

    gateway.instead["charge"] = look
    in_turn()
    assert seen == [(NOW + timedelta(seconds=31), version)], "and a page need not be drawn again for that"


def test_its_time_counts_from_the_press(session_id: str) -> None:
    in_turn = press(session_id, "sandbox_timeout")
    time_passes(10)
    in_turn()
    assert state_of(session_id) is State.CHECKING
    assert clock.now() <= NOW + timedelta(seconds=31)


def test_what_has_waited_too_long_is_not_sent_and_does_not_count(session_id: str, gateway: Scripted) -> None:
    in_turn = press(session_id)
    time_passes(WAITS)
    in_turn()
    assert end(session_id) == (State.INTERRUPTED, [OutcomeKind.NOT_CHARGED], 1)
    session = queries.find(session_id)
    assert (session.attempts, session.max_attempts, session.due_at) == (1, 4, None)
    assert is_untouched(session, gateway)


def test_the_page_says_that_it_was_not_sent_and_offers_to_pay_again(scripted_shop: Flask, session_id: str) -> None:
    in_turn = press(session_id)
    shopper = Shopper(scripted_shop.test_client())
    assert "Your payment is under way" in shopper.get(f"/pay/{session_id}").text
    time_passes(WAITS)
    in_turn()
    page = shopper.get(f"/pay/{session_id}").text
    assert "Nothing was taken" in page
    assert "yours waited too long for its turn. It was not sent." in page
    assert "one of them did not reach the payment service and does not count" in page
    assert 'data-testid="retry"' in page
    gateway_calls.charge(write_down(session_id))
    assert state_of(session_id) is State.COMPLETED


def test_the_summary_says_that_it_was_not_sent(session_id: str) -> None:
    in_turn = press(session_id)
    waiting = queries.attempts_of(session_id)[0]
    assert (error_category(waiting), waiting.code) == (None, "")
    time_passes(WAITS)
    in_turn()
    given_up = attempt(waiting.id)
    assert (error_category(given_up), given_up.code) == ("not_sent", "waited_too_long")


def test_when_the_process_is_gone_the_reconciler_gives_it_up(session_id: str, gateway: Scripted) -> None:
    press(session_id)
    time_passes(WAITS - 0.1)
    assert reconciler.reconcile() == 0
    time_passes(0.1)
    assert reconciler.reconcile() == 1
    assert end(session_id) == (State.INTERRUPTED, [OutcomeKind.NOT_CHARGED], 1)
    assert is_untouched(queries.find(session_id), gateway)


def test_where_no_timetable_runs_a_look_gives_it_up(scripted_shop: Flask, session_id: str) -> None:
    press(session_id)
    time_passes(2 * WAITS + 1)
    Shopper(scripted_shop.test_client()).get(f"/pay/{session_id}")
    wait_for(lambda: state_of(session_id) is State.INTERRUPTED)
    assert end(session_id) == (State.INTERRUPTED, [OutcomeKind.NOT_CHARGED], 1)


@pytest.mark.parametrize("seconds", [0.0, WAITS - 1])
def test_cancelled_while_it_waits_it_is_cancelled_at_once_and_never_sent(
    session_id: str, gateway: Scripted, seconds: float
) -> None:
    in_turn = press(session_id)
    time_passes(seconds)
    assert desk.cancel(session_id, "shopper").state is State.CANCELLED
    in_turn()
    assert end(session_id) == (State.CANCELLED, [OutcomeKind.NOT_CHARGED], 1)
    assert is_untouched(queries.find(session_id), gateway)
    assert stock_left() == 5


def test_cancelled_while_a_later_attempt_waits_its_reference_is_closed_first(
    session_id: str, gateway: Scripted
) -> None:
    gateway_calls.charge(write_down(session_id, "sandbox_decline"))
    in_turn = press(session_id)
    desk.cancel(session_id, "shopper")
    wait_for(lambda: state_of(session_id) is State.CANCELLED)
    in_turn()
    assert end(session_id) == (State.CANCELLED, [OutcomeKind.DECLINED, OutcomeKind.NOT_CHARGED], 1)
    assert (gateway.asked.count("charge"), gateway.asked.count("close")) == (1, 1)


def test_cancelled_after_it_was_sent_its_outcome_is_waited_for(session_id: str, gateway: Scripted) -> None:
    in_turn = press(session_id)
    gateway.instead["charge"] = lambda: desk.cancel(session_id, "shopper") and DECLINED
    in_turn()
    assert end(session_id) == (State.CANCELLED, [OutcomeKind.DECLINED], 0)
    assert "close" in gateway.asked


def test_a_session_that_runs_out_of_time_sends_nothing_any_more(session_id: str, gateway: Scripted) -> None:
    time_passes(899)
    in_turn = press(session_id)
    time_passes(1)
    in_turn()
    assert end(session_id) == (State.INTERRUPTED, [OutcomeKind.NOT_CHARGED], 1)
    reconciler.sweep()
    reconciler.reconcile()
    wait_for(lambda: state_of(session_id) is State.EXPIRED)
    assert is_untouched(queries.find(session_id), gateway)


def test_paid_meanwhile_by_an_earlier_attempt_it_is_never_sent(session_id: str, gateway: Scripted) -> None:
    earlier = begin(session_id)
    settle(earlier, DECLINED)
    in_turn = press(session_id)
    settle(earlier, APPROVED)
    in_turn()
    assert state_of(session_id) is State.COMPLETED
    assert gateway.asked == []


@pytest.mark.parametrize("outcome", [DECLINED, UNREACHABLE, CRASHED])
def test_no_answer_but_approved_is_of_an_attempt_that_waits(session_id: str, outcome: object) -> None:
    to_make = write_down(session_id, has_thread=False)
    settle(to_make.attempt_id, outcome)  # type: ignore[arg-type]
    assert end(session_id) == (State.PROCESSING, [None], 0)
    gateway_calls.charge(to_make)
    assert state_of(session_id) is State.COMPLETED


@pytest.mark.parametrize("outcome", [TAKEN_BACK, WAITED_TOO_LONG])
@pytest.mark.parametrize("has_waited", [True, False])
def test_what_was_sent_is_not_taken_back(session_id: str, outcome: object, has_waited: bool) -> None:
    to_make = write_down(session_id, has_thread=not has_waited)
    assert not has_waited or record.mark_sent(to_make.attempt_id)
    settle(to_make.attempt_id, outcome)  # type: ignore[arg-type]
    assert end(session_id) == (State.PROCESSING, [None], 0)


def test_the_gateway_is_asked_nothing_about_what_never_left(session_id: str, gateway: Scripted) -> None:
    press(session_id)
    desk.check(session_id, "shopper")
    desk.check_soon(session_id, "shopper")
    wait_for(lambda: runtime().pool.is_idle)
    assert gateway.asked == []


def test_two_threads_send_it_once(scripted_shop: Flask, session_id: str, gateway: Scripted) -> None:
    in_turn = press(session_id)
    together(scripted_shop, in_turn, in_turn)
    assert state_of(session_id) is State.COMPLETED
    assert gateway.asked.count("charge") == 1


# Who wants to keep an attempt from being sent, and what has come of it when they were first.
AGAINST: dict[str, tuple[Callable[[str, int], object], State]] = {
    "cancel": (lambda session_id, _: record.request_cancel(session_id, "shopper", ""), State.INTERRUPTED),
    "give up": (lambda _, waiting: record.settle(waiting, WAITED_TOO_LONG, "clock", PLAN), State.INTERRUPTED),
    "late approval": (lambda session_id, _: settle_first(session_id), State.COMPLETED),
}


def settle_first(session_id: str) -> object:
    return settle(queries.attempts_of(session_id)[0].id, APPROVED)


@pytest.mark.parametrize("who", AGAINST)
@pytest.mark.parametrize("order", ["sent first", "sent last", "at once", "at once again"])
def test_it_is_sent_or_given_up_and_never_both(scripted_shop: Flask, session_id: str, who: str, order: str) -> None:
    settle(begin(session_id), DECLINED)
    waiting = write_down(session_id, has_thread=False).attempt_id
    against, given_up = AGAINST[who]
    sent: list[bool] = []

    def send() -> None:
        sent.append(record.mark_sent(waiting))

    def prevent() -> None:
        against(session_id, waiting)

    if order.startswith("at once"):
        together(scripted_shop, send, prevent)
    else:
        for step in (send, prevent) if order == "sent first" else (prevent, send):
            step()
        assert sent == [order == "sent first"]
    assert (attempt(waiting).send_by is None) == sent[0]
    was_prevented = attempt(waiting).outcome is not None
    assert was_prevented != sent[0] or who == "late approval"
    assert state_of(session_id) is (State.PROCESSING if sent[0] and who != "late approval" else given_up)
