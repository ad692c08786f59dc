"""Disputes at Stripe: what each of their statuses says of the money."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """Where a dispute stands. Of an inquiry no money was taken (yet); what is over has left the money with the shop."""

    INQUIRY = "inquiry"
    OPEN = "open"
    OVER = "over"
    LOST = "lost"


# https://docs.stripe.com/api/disputes/object#dispute_object-status, of the API's version that the library is pinned to.
# An inquiry withdraws nothing: https://docs.stripe.com/disputes/how-disputes-work#inquiries. What was decided may be
# appealed against, and is open again until that is decided. What was prevented has never become a dispute.
STAGES = {
    "warning_needs_response": Stage.INQUIRY,
    "warning_under_review": Stage.INQUIRY,
    "warning_closed": Stage.OVER,
    "needs_response": Stage.OPEN,
    "under_review": Stage.OPEN,
    "appeal_needs_response": Stage.OPEN,
    "appeal_under_review": Stage.OPEN,
    "won": Stage.OVER,
    "prevented": Stage.OVER,
    "lost": Stage.LOST,
}

OPEN = frozenset({Stage.INQUIRY, Stage.OPEN})


def stage_of(dispute: Any) -> Stage:
    """A status that nobody here knows yet is no word that it is over."""
    return STAGES.get(dispute.status, Stage.OPEN)


def answer_by(disputes: Iterable[Any]) -> datetime | None:
    """When the first of those that are open must be answered. Stripe has 0, or nothing, where there is no such time:
    https://docs.stripe.com/api/disputes/object#dispute_object-evidence_details-due_by."""
    moments = [each.evidence_details.due_by or 0 for each in disputes if stage_of(each) in OPEN]
    return min((datetime.fromtimestamp(moment, UTC) for moment in moments if moment), default=None)
