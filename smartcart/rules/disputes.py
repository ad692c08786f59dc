"""Where a dispute stands, for who paid and for who was paid."""

from enum import StrEnum


class DisputeStage(StrEnum):
    """Of an inquiry no money was taken (yet); by an open one it was, until it is decided; what is lost has gone back.

    https://docs.stripe.com/disputes/how-disputes-work
    """

    INQUIRY = "inquiry"
    OPEN = "open"
    LOST = "lost"


UNDECIDED = frozenset({DisputeStage.INQUIRY, DisputeStage.OPEN})


def stage_of(disputed: int, inquired: int, lost: int) -> DisputeStage | None:
    """By what the shopper's bank asks for back now, how much of that it only asks about, and what it has got back; None
    without a dispute, and once the money has stayed with the shop. Amounts in minor units."""
    if disputed:
        return DisputeStage.INQUIRY if inquired == disputed else DisputeStage.OPEN
    return DisputeStage.LOST if lost else None
