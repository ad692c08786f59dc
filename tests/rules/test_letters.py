"""Which letter a step of a payment calls for, when it is due, and whether it is still to be sent then."""

from itertools import product

import pytest

from smartcart.rules.letters import INTERRUPTED_UNSEEN, UNSEEN, Letter, ToWrite, of_step, overtaken
from smartcart.rules.payment_states import ENDED_UNPAID, GRAPH, PAID, State

STEPS = [(before, after) for before, moves in GRAPH.items() for after in set(moves.values())]


def test_who_paid_is_written_at_once_and_once() -> None:
    for before, after in STEPS:
        if after is State.COMPLETED and before is not State.REFUNDED:
            late = before in ENDED_UNPAID
            assert of_step(before, after, 1) == ToWrite(Letter.LATE_MONEY if late else Letter.RECEIPT)
    assert of_step(State.REFUNDED, State.COMPLETED, 1) is None


def test_what_was_checked_is_written_about_when_nobody_has_seen_it_or_at_once_where_it_was_asked_for() -> None:
    for after in (State.INTERRUPTED, State.FAILED):
        assert of_step(State.CHECKING, after, 2) == ToWrite(Letter.OUTCOME, UNSEEN, "2")
        assert of_step(State.CHECKING, after, 2, is_wanted=True) == ToWrite(Letter.OUTCOME, 0.0, "2")


def test_who_was_interrupted_has_two_minutes_to_see_it() -> None:
    assert of_step(State.PROCESSING, State.INTERRUPTED, 1) == ToWrite(Letter.INTERRUPTED, INTERRUPTED_UNSEEN, "1")


@pytest.mark.parametrize("after", sorted(ENDED_UNPAID))
def test_that_nothing_was_taken_is_written_of_what_was_tried_alone(after: State) -> None:
    assert of_step(State.INTERRUPTED, after, 1) == ToWrite(Letter.NOTHING_TAKEN, UNSEEN)
    assert of_step(State.CREATED, after, 0) is None


def test_nothing_is_written_while_nobody_knows_and_of_money_that_went_back() -> None:
    for before, after in STEPS:
        if after not in ENDED_UNPAID | {State.INTERRUPTED, State.COMPLETED, State.AUTHORIZED}:
            assert of_step(before, after, 1, is_wanted=True) is None


def test_whose_sum_is_set_aside_hears_so_at_once_and_that_it_is_set_free_if_nobody_saw_it() -> None:
    for before in (State.PROCESSING, State.ACTION_REQUIRED, State.CHECKING):
        assert of_step(before, State.AUTHORIZED, 1) == ToWrite(Letter.HELD, 0.0, "1")
    for before in (State.AUTHORIZED, State.CHECKING):
        assert of_step(before, State.CANCELLED, 1) == ToWrite(Letter.RELEASED, UNSEEN)


UNPAID_LETTERS = [Letter.OUTCOME, Letter.INTERRUPTED, Letter.NOTHING_TAKEN, Letter.HELD, Letter.RELEASED]


@pytest.mark.parametrize(("letter", "state"), list(product(UNPAID_LETTERS, sorted(PAID))))
def test_who_paid_is_never_sent_a_letter_about_what_is_unpaid(letter: Letter, state: State) -> None:
    assert overtaken(letter, "", state, 1) == "the order was paid"


def test_each_letter_is_sent_of_where_the_payment_stood_when_it_was_written_and_of_nothing_else() -> None:
    sent = {
        (letter, state)
        for letter, state in product(UNPAID_LETTERS, State)
        if not overtaken(letter, "1" if letter not in (Letter.NOTHING_TAKEN, Letter.RELEASED) else "", state, 1)
    }
    assert sent == {
        (Letter.OUTCOME, State.INTERRUPTED),
        (Letter.OUTCOME, State.FAILED),
        (Letter.INTERRUPTED, State.INTERRUPTED),
        (Letter.NOTHING_TAKEN, State.FAILED),
        (Letter.NOTHING_TAKEN, State.CANCELLED),
        (Letter.NOTHING_TAKEN, State.EXPIRED),
        (Letter.HELD, State.AUTHORIZED),
        (Letter.RELEASED, State.CANCELLED),
    }


def test_after_another_attempt_what_was_written_of_the_one_before_is_over() -> None:
    assert overtaken(Letter.INTERRUPTED, "1", State.INTERRUPTED, 2) == "the shopper has tried again"
