"""The shop's books held against the gateway's."""

import pytest

from smartcart.rules.payment_states import IN_FLIGHT, State
from smartcart.rules.verdicts import Ours, Theirs, Verdict, compare

UNPAID = [State.CREATED, State.INTERRUPTED, State.FAILED, State.CANCELLED, State.EXPIRED]


def ours(state: State, session: str = "a") -> Ours:
    return Ours(session, state, 4200, "EUR")


def theirs(session: str = "a", amount: int = 4200, currency: str = "EUR", refunded: int = 0) -> Theirs:
    return Theirs(session, amount, currency, refunded)


def verdicts(payments: list[Ours], charges: list[Theirs]) -> list[Verdict]:
    return [difference.verdict for difference in compare(payments, charges)]


@pytest.mark.parametrize("state", UNPAID)
def test_unpaid_and_not_charged_match(state: State) -> None:
    assert verdicts([ours(state)], []) == []


def test_paid_and_charged_once_match() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs()]) == []


def test_refunded_and_given_back_match() -> None:
    assert verdicts([ours(State.REFUNDED)], [theirs(refunded=4200)]) == []


def test_two_charges_are_charged_twice() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs(), theirs()]) == [Verdict.CHARGED_TWICE]


def test_a_second_charge_that_was_given_back_does_not_count() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs(refunded=4200), theirs()]) == []


def test_a_charge_given_back_in_part_still_stands() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs(refunded=4199)]) == []
    assert verdicts([ours(State.REFUNDED)], [theirs(refunded=4199)]) == [Verdict.CHARGED_NOT_PAID]


@pytest.mark.parametrize("state", [*UNPAID, State.REFUNDED])
def test_a_standing_charge_of_what_is_not_paid_is_charged_not_paid(state: State) -> None:
    assert verdicts([ours(state)], [theirs()]) == [Verdict.CHARGED_NOT_PAID]


def test_a_charge_for_a_session_nobody_knows_is_charged_not_paid() -> None:
    [difference] = compare([], [theirs("stranger")])
    assert (difference.verdict, difference.session) == (Verdict.CHARGED_NOT_PAID, "stranger")
    assert difference.detail == "4200 EUR charged for a session the shop does not have"


@pytest.mark.parametrize("charges", [[], [theirs(refunded=4200)]])
def test_paid_without_a_standing_charge_is_paid_not_charged(charges: list[Theirs]) -> None:
    assert verdicts([ours(State.COMPLETED)], charges) == [Verdict.PAID_NOT_CHARGED]


@pytest.mark.parametrize("charge", [theirs(amount=4201), theirs(currency="USD")])
def test_another_sum_or_currency_is_amount_wrong(charge: Theirs) -> None:
    assert verdicts([ours(State.COMPLETED)], [charge]) == [Verdict.AMOUNT_WRONG]


@pytest.mark.parametrize("state", sorted(IN_FLIGHT))
@pytest.mark.parametrize("charges", [[], [theirs()], [theirs(), theirs()]])
def test_what_is_in_flight_is_not_judged(state: State, charges: list[Theirs]) -> None:
    assert verdicts([ours(state)], charges) == []


def test_every_difference_is_named_with_its_session() -> None:
    found = compare(
        [ours(State.COMPLETED, "paid"), ours(State.EXPIRED, "late"), ours(State.COMPLETED, "fine")],
        [theirs("late", amount=1), theirs("fine")],
    )
    assert [(difference.session, difference.verdict) for difference in found] == [
        ("paid", Verdict.PAID_NOT_CHARGED),
        ("late", Verdict.CHARGED_NOT_PAID),
        ("late", Verdict.AMOUNT_WRONG),
    ]
    assert found[2].detail == "1 EUR charged instead of 4200 EUR"
