"""When it can be stated that a payment took no money."""

import pytest

from smartcart.rules.payment_states import MONEY, OPEN, Money, State
from smartcart.rules.statements import Ground, ground_of


@pytest.mark.parametrize("state", State)
def test_only_what_has_ended_without_money_and_was_closed_is_stated(state: State) -> None:
    ended_unpaid = state not in OPEN and MONEY[state] is Money.NOT_TAKEN
    assert (ground_of(state, has_reference=True) is Ground.CLOSED) == ended_unpaid


@pytest.mark.parametrize("state", State)
def test_without_a_reference_nothing_is_stated(state: State) -> None:
    assert ground_of(state, has_reference=False) is not Ground.CLOSED


def test_money_that_was_given_back_was_taken() -> None:
    assert ground_of(State.REFUNDED, has_reference=True) is Ground.TAKEN
