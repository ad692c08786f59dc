"""Whether it can be stated of a payment that it took no money, so that a bank may rely on it."""

from enum import StrEnum

from smartcart.rules.payment_states import OPEN, PAID, State


class Ground(StrEnum):
    """On what a statement of no charge is given, or why it is not.

    Closed: the gateway has closed the reference, so nothing was charged by it and nothing can be. Never asked: no
    reference was opened, so no bank has heard of the payment.
    """

    CLOSED = "closed"
    NEVER_ASKED = "never_asked"
    OPEN = "open"
    TAKEN = "taken"


def ground_of(state: State, has_reference: bool) -> Ground:
    """Only `closed` is a ground to give one, or for one that was given to hold.

    A session has ended unpaid only once its reference is closed at the gateway (`outcomes.move_for`). Money that was
    given back was taken before, so that nothing was charged is not true of it.
    """
    if state in PAID:
        return Ground.TAKEN
    if state in OPEN:
        return Ground.OPEN
    return Ground.CLOSED if has_reference else Ground.NEVER_ASKED
