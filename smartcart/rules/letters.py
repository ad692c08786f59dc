"""Which letter a step of a payment calls for and when, and whether it is still to be sent when its time has come.

A letter is for who has not seen it on the page. What was seen within the wait is not written about at all.
"""

from enum import StrEnum
from typing import NamedTuple

from smartcart.rules.payment_states import ENDED_UNPAID, PAID, State


class Letter(StrEnum):
    """What shoppers are written about a payment of theirs."""

    RECEIPT = "receipt"
    LATE_MONEY = "late_money"
    OUTCOME = "outcome"
    INTERRUPTED = "interrupted"
    NOTHING_TAKEN = "nothing_taken"
    NEVER_TRIED = "never_tried"
    HELD = "held"
    RELEASED = "released"


class ToWrite(NamedTuple):
    """A letter that is due in `wait` seconds. `occasion` tells it from others of its kind about the same payment."""

    letter: Letter
    wait: float = 0.0
    occasion: str = ""


# An open page shows a change within seconds, and a telephone that was put away is looked at within a minute: who has
# not seen the end of it by then has gone. Who may still come back to pay is left in peace for another minute.
UNSEEN, INTERRUPTED_UNSEEN = 60.0, 120.0
# Who comes back by themselves to what they never tried to pay has mostly done so within the hour.
NEVER_TRIED_FOR = 3600.0
# More letters that ask somebody to go on are no help. It also bounds what a stranger can have sent to an address.
MOST_A_DAY = 3

# Where a payment that was tried stands when one of these letters may be about it.
TOLD_UNSEEN = ENDED_UNPAID | {State.INTERRUPTED}
_ABOUT = {
    Letter.OUTCOME: {State.INTERRUPTED, State.FAILED},
    Letter.INTERRUPTED: {State.INTERRUPTED},
    Letter.NOTHING_TAKEN: ENDED_UNPAID,
    Letter.NEVER_TRIED: {State.EXPIRED},
    Letter.HELD: {State.AUTHORIZED},
    Letter.RELEASED: {State.CANCELLED},
}


def of_step(before: State, after: State, attempts: int, *, is_wanted: bool = False) -> ToWrite | None:
    """The letter that is to be written of a payment that comes from one state to another, after so many attempts.

    `is_wanted` is whether the shopper, who saw it checked, has asked for word of it: that waits for nothing.
    """
    if after is State.COMPLETED and before is not State.REFUNDED:  # what was refunded was paid before
        return ToWrite(Letter.LATE_MONEY if before in ENDED_UNPAID else Letter.RECEIPT)
    if after is State.AUTHORIZED:
        return ToWrite(Letter.HELD, 0.0, str(attempts))
    if after is State.CANCELLED and before in (State.AUTHORIZED, State.CHECKING):
        return ToWrite(Letter.RELEASED, UNSEEN)
    if after not in TOLD_UNSEEN or not attempts:
        return None
    if before is State.CHECKING:
        return ToWrite(Letter.OUTCOME, 0.0 if is_wanted else UNSEEN, str(attempts))
    if after is State.INTERRUPTED:
        return ToWrite(Letter.INTERRUPTED, INTERRUPTED_UNSEEN, str(attempts))
    return ToWrite(Letter.NOTHING_TAKEN, UNSEEN)


def overtaken(letter: Letter, occasion: str, state: State, attempts: int) -> str:
    """Why one of the letters about what was not paid is not to be sent any more; empty where it is."""
    if state in PAID:
        return "the order was paid"
    if occasion not in ("", str(attempts)):
        return "the shopper has tried again"
    return "" if state in _ABOUT[letter] else "another letter tells how it ended"
