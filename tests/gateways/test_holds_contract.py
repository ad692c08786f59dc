"""What every gateway promises of sums that are set aside, and of a bank that is to ask. As test_gateway_contract.py."""

from datetime import UTC, datetime, timedelta

from smartcart.gateways.protocol import Handle
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.precautions import Precaution
from tests.gateways.counter import SESSION, Counter

SET_ASIDE = Precaution(set_aside=True)
A_WEEK = 7 * 86400


def held(counter: Counter) -> Handle:
    """A session whose sum is set aside."""
    handle = counter.handle()
    assert counter.charge(handle, counter.approve, precaution=SET_ASIDE).kind is OutcomeKind.AUTHORIZED
    return handle


def taken(counter: Counter) -> list[int]:
    return [charge.amount for charge in counter.gateway.charges() if charge.is_taken]


def test_a_sum_that_is_set_aside_is_not_taken_and_it_is_said_until_when(counter: Counter) -> None:
    handle = counter.handle()
    outcome = counter.charge(handle, counter.approve, precaution=SET_ASIDE)
    assert outcome.kind is OutcomeKind.AUTHORIZED
    assert not outcome.charged_nothing
    assert outcome.held_until is not None
    assert outcome.held_until - datetime.fromtimestamp(0, UTC) > timedelta(days=7)
    assert counter.gateway.balance(handle).charged == 0
    [line] = counter.gateway.charges()
    assert (line.session, line.amount, line.status, line.is_taken) == (SESSION, 4200, "authorized", False)


def test_who_asks_hears_the_same(counter: Counter) -> None:
    handle = counter.handle()
    outcome = counter.charge(handle, counter.approve, precaution=SET_ASIDE)
    assert counter.gateway.ask(handle, 1) == outcome
    assert counter.gateway.withdraw(handle, 1) == outcome


def test_it_is_captured_once_however_often_that_is_asked_for(counter: Counter) -> None:
    handle = held(counter)
    outcomes = [counter.gateway.capture(handle).kind for _ in range(3)]
    assert outcomes == [OutcomeKind.APPROVED] * 3
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.APPROVED
    assert taken(counter) == [4200]
    assert counter.gateway.balance(handle).charged == 4200


def test_what_is_released_can_never_be_captured(counter: Counter) -> None:
    handle = held(counter)
    assert counter.gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    assert counter.gateway.capture(handle).kind is OutcomeKind.NOT_CHARGED
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.NOT_CHARGED
    assert list(counter.gateway.charges()) == []


def test_what_is_captured_can_not_be_released(counter: Counter) -> None:
    handle = held(counter)
    counter.gateway.capture(handle)
    assert counter.gateway.close(handle).kind is OutcomeKind.APPROVED
    assert taken(counter) == [4200]


def test_after_a_week_it_lapses_by_itself(counter: Counter) -> None:
    handle = held(counter)
    counter.wait_long(A_WEEK + 60)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.NOT_CHARGED
    assert counter.gateway.capture(handle).kind is OutcomeKind.NOT_CHARGED
    assert list(counter.gateway.charges()) == []


def test_the_same_attempt_sent_again_sets_aside_once(counter: Counter) -> None:
    handle = held(counter)
    assert counter.charge(handle, counter.approve, precaution=SET_ASIDE).kind is OutcomeKind.AUTHORIZED
    assert len(list(counter.gateway.charges())) == 1


def test_another_attempt_on_what_is_set_aside_takes_nothing_and_answers_authorized(counter: Counter) -> None:
    handle = held(counter)
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.AUTHORIZED
    assert taken(counter) == []


def test_an_attempt_after_one_that_was_to_be_set_aside_is_charged_as_ever(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline, precaution=Precaution(confirm=True, set_aside=True))
    counter.gateway.withdraw(handle, 1)
    assert counter.charge(handle, counter.approve, attempt=2).kind is OutcomeKind.APPROVED
    assert taken(counter) == [4200]


def test_an_attempt_can_be_set_aside_after_one_that_was_not(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline)
    assert counter.charge(handle, counter.approve, attempt=2, precaution=SET_ASIDE).kind is OutcomeKind.AUTHORIZED
    assert taken(counter) == []


def test_what_was_never_set_aside_cannot_be_captured(counter: Counter) -> None:
    handle = counter.handle()
    counter.charge(handle, counter.decline)
    assert counter.gateway.capture(handle).kind not in (OutcomeKind.APPROVED, OutcomeKind.AUTHORIZED)
    assert taken(counter) == []


def test_a_card_that_the_bank_would_not_ask_about_is_asked_about(counter: Counter) -> None:
    handle = counter.handle()
    asked = counter.charge(handle, counter.approve, precaution=Precaution(confirm=True))
    assert asked.kind is OutcomeKind.ACTION_REQUIRED
    counter.confirm(handle)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.APPROVED


def test_what_the_bank_asked_about_is_set_aside_once_it_is_confirmed(counter: Counter) -> None:
    handle = counter.handle()
    asked = counter.charge(handle, counter.approve, precaution=Precaution(confirm=True, set_aside=True))
    assert asked.kind is OutcomeKind.ACTION_REQUIRED
    counter.confirm(handle)
    assert counter.gateway.ask(handle, 1).kind is OutcomeKind.AUTHORIZED
    assert taken(counter) == []
