"""By which name a merchant's systems are told of what happened."""

import pytest

from smartcart.rules.disputes import DisputeStage
from smartcart.rules.merchant_events import MerchantEventType, of_dispute, of_step
from smartcart.rules.payment_states import GRAPH, State

# What passes by itself within moments, and is no news.
NO_NEWS = {State.PROCESSING, State.ACTION_REQUIRED}


@pytest.mark.parametrize("after", State)
def test_a_state_that_matters_to_others_is_told_by_its_name(after: State) -> None:
    name = "opened" if after is State.CREATED else after
    assert of_step(None, after) == (None if after in NO_NEWS else f"payment.{name}")


def test_only_what_was_refunded_is_completed_twice_and_told_once() -> None:
    into_completed = {before for before, moves in GRAPH.items() if State.COMPLETED in moves.values()}
    untold = {before for before in into_completed if of_step(before, State.COMPLETED) is None}
    assert untold == {State.REFUNDED}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, None, None),
        (DisputeStage.OPEN, DisputeStage.OPEN, None),
        (None, DisputeStage.INQUIRY, "dispute.opened"),
        (None, DisputeStage.OPEN, "dispute.opened"),
        (DisputeStage.INQUIRY, DisputeStage.OPEN, "dispute.opened"),
        (DisputeStage.LOST, DisputeStage.OPEN, "dispute.opened"),
        (DisputeStage.INQUIRY, None, "dispute.closed"),
        (DisputeStage.OPEN, None, "dispute.closed"),
        (DisputeStage.OPEN, DisputeStage.LOST, "dispute.closed"),
        (None, DisputeStage.LOST, "dispute.closed"),
        (DisputeStage.LOST, None, "dispute.closed"),
    ],
)
def test_a_dispute_is_told_whenever_it_stands_otherwise(
    before: DisputeStage | None, after: DisputeStage | None, told: MerchantEventType | None
) -> None:
    assert of_dispute(before, after) == told
