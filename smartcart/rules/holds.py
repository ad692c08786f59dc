"""Sums that are set aside: until when the owner may decide, and what an answer of the gateway makes of them."""

from datetime import datetime, timedelta

from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.payment_states import Move

# Without a decision a sum is given free so long before it lapses: until the last moment it could be captured by whoever
# sees late that it is held, and the shopper is not left to the bank's own pace.
RELEASED_BEFORE = timedelta(hours=24)
# The owner is told a second time so long before that.
REMINDED_BEFORE = timedelta(hours=48)
# Where the gateway does not say when a hold lapses: the shortest that card schemes have for cards that are not present,
# https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#authorization-validity-windows.
SHORTEST = timedelta(days=4, hours=18)


def decide_by(held_until: datetime | None, now: datetime) -> datetime:
    """Until when the owner may have it captured; a hold that lapses sooner than that is given free at once."""
    return max((held_until or now + SHORTEST) - RELEASED_BEFORE, now)


def is_time_to_remind(decide_by: datetime, now: datetime) -> bool:
    """Whether the owner is to hear of it again."""
    return now >= decide_by - REMINDED_BEFORE


def next_look(decide_by: datetime, is_reminded: bool, now: datetime, longest: float) -> datetime:
    """When to come back to it, in `longest` seconds at most: a moment farther off counts as set by a wrong clock."""
    next_step = decide_by if is_reminded else decide_by - REMINDED_BEFORE
    return min(max(next_step, now), now + timedelta(seconds=longest))


def move_for(outcome: Outcome, is_given_up: bool) -> Move | None:
    """The move that an answer about a sum that is set aside makes, if any. `is_given_up`: it was to be given free."""
    if outcome.kind is OutcomeKind.APPROVED:
        return Move.APPROVED
    if outcome.charged_nothing:
        return Move.RELEASED if is_given_up else Move.LAPSED
    return None
