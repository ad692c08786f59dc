"""The shop's books held against the gateway's."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.rules.payment_states import IN_FLIGHT, State
from smartcart.rules.verdicts import Ours, Standing, Theirs, Verdict, compare, in_question

UNPAID = [State.CREATED, State.INTERRUPTED, State.FAILED, State.CANCELLED, State.EXPIRED]


def ours(state: State, session: str = "a", refunded: int = 0, requested: int = 0) -> Ours:
    return Ours(session, state, 4200, "EUR", refunded, requested)


def theirs(session: str = "a", amount: int = 4200, currency: str = "EUR", refunded: int = 0, **more: Any) -> Theirs:
    return Theirs(session, amount, currency, refunded, **more)


def verdicts(payments: list[Ours], charges: list[Theirs]) -> list[Verdict]:
    return [difference.verdict for difference in compare(payments, charges)]


@pytest.mark.parametrize("state", UNPAID)
def test_unpaid_and_not_charged_match(state: State) -> None:
    assert verdicts([ours(state)], []) == []


def test_paid_and_charged_once_match() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs()]) == []


def test_refunded_and_given_back_match() -> None:
    assert verdicts([ours(State.REFUNDED, refunded=4200)], [theirs(refunded=4200)]) == []


def test_two_charges_are_charged_twice() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs(), theirs()]) == [Verdict.CHARGED_TWICE]


def test_a_second_charge_that_was_given_back_does_not_count() -> None:
    assert verdicts([ours(State.COMPLETED)], [theirs(refunded=4200), theirs()]) == []


def test_a_charge_given_back_in_part_still_stands() -> None:
    assert verdicts([ours(State.CANCELLED)], [theirs(refunded=4199)]) == [Verdict.CHARGED_NOT_PAID]
    assert verdicts([ours(State.COMPLETED, refunded=4199)], [theirs(refunded=4199)]) == []


def test_a_charge_given_back_whole_stands_no_more() -> None:
    assert verdicts([ours(State.CANCELLED)], [theirs(refunded=4200)]) == []
    assert verdicts([], [theirs(refunded=4200)]) == []


@pytest.mark.parametrize("state", [State.COMPLETED, State.REFUNDED])
def test_what_went_back_there_and_not_here_is_named(state: State) -> None:
    assert verdicts([ours(state, refunded=1000)], [theirs(refunded=1001)]) == [Verdict.REFUNDED_NOT_HERE]
    assert verdicts([ours(state, refunded=1000)], [theirs(refunded=999)]) == [Verdict.REFUNDED_NOT_THERE]
    assert verdicts([ours(state, refunded=1000)], [theirs(refunded=1000)]) == []


@pytest.mark.parametrize(("there", "found"), [(0, []), (500, []), (1500, []), (1501, [Verdict.REFUNDED_NOT_HERE])])
def test_a_refund_under_way_may_have_been_made_or_not(there: int, found: list[Verdict]) -> None:
    payment = ours(State.COMPLETED, requested=1500)
    assert verdicts([payment], [theirs(refunded=there)]) == found


def test_a_lost_dispute_is_money_that_went_back_without_a_refund() -> None:
    assert verdicts([ours(State.REFUNDED, refunded=4200)], [theirs(disputed=True)]) == []


def test_of_two_charges_the_one_that_is_not_the_sessions_own_is_the_second() -> None:
    payment = replace(ours(State.COMPLETED), reference="own")
    own, other = theirs(reference="own"), theirs(reference="other")
    for charges in ([own, other], [other, own]):
        [difference] = compare([payment], charges)
        assert (difference.verdict, difference.reference) == (Verdict.CHARGED_TWICE, "other")


@pytest.mark.parametrize("state", UNPAID)
def test_a_standing_charge_of_what_is_not_paid_is_charged_not_paid(state: State) -> None:
    assert verdicts([ours(state)], [theirs()]) == [Verdict.CHARGED_NOT_PAID]


def test_a_charge_for_a_session_nobody_knows_is_charged_not_paid() -> None:
    [difference] = compare([], [theirs("stranger")])
    assert (difference.verdict, difference.session) == (Verdict.CHARGED_NOT_PAID, "stranger")
    assert difference.detail == "4200 EUR charged for a session the shop does not have"


def test_paid_without_a_charge_is_paid_not_charged() -> None:
    assert verdicts([ours(State.COMPLETED)], []) == [Verdict.PAID_NOT_CHARGED]


@pytest.mark.parametrize("charge", [theirs(amount=4201), theirs(currency="USD")])
def test_another_sum_or_currency_is_amount_wrong(charge: Theirs) -> None:
    assert verdicts([ours(State.COMPLETED)], [charge]) == [Verdict.AMOUNT_WRONG]


@pytest.mark.parametrize("state", sorted(IN_FLIGHT))
@pytest.mark.parametrize("charges", [[], [theirs()], [theirs(), theirs()]])
def test_what_is_in_flight_is_not_judged(state: State, charges: list[Theirs]) -> None:
    assert verdicts([ours(state)], charges) == []


@pytest.mark.parametrize("state", sorted(IN_FLIGHT))
@pytest.mark.parametrize("charge", [theirs(amount=4201), theirs(currency="USD")])
def test_another_sum_is_named_while_it_is_in_flight(state: State, charge: Theirs) -> None:
    assert verdicts([ours(state)], [charge]) == [Verdict.AMOUNT_WRONG]


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


SESSIONS = st.sampled_from("abcde")
OURS = st.builds(
    Ours,
    session=SESSIONS,
    state=st.sampled_from(State),
    amount=st.just(100),
    currency=st.just("EUR"),
    refunded=st.sampled_from([0, 40, 100]),
    requested=st.sampled_from([0, 60]),
)
THEIRS = st.builds(
    Theirs,
    session=SESSIONS,
    amount=st.sampled_from([90, 100]),
    currency=st.sampled_from(["EUR", "USD"]),
    refunded=st.sampled_from([0, 40, 100]),
    disputed=st.booleans(),
)


@given(st.lists(OURS, unique_by=lambda payment: payment.session), st.lists(THEIRS))
def test_nothing_is_missed_where_both_books_are_read_side_by_side(ours: list[Ours], theirs: list[Theirs]) -> None:
    ours.sort(key=lambda payment: payment.session)
    theirs.sort(key=lambda charge: charge.session)
    standings = [Standing(each.session, each.state, each.amount, each.currency, each.refunded) for each in ours]
    questions = dict(in_question(standings, theirs))
    closer = compare(
        [payment for payment in ours if payment.session in questions],
        [charge for charges in questions.values() for charge in charges],
    )
    assert closer == compare(ours, theirs)


def test_what_agrees_is_in_no_question() -> None:
    paid = [Standing(session, State.COMPLETED, 100, "EUR", 40) for session in "abc"]
    assert list(in_question(paid, [Theirs(session, 100, "EUR", 40) for session in "abc"])) == []
