"""The steps of a refund on its way to the shopper, and by when it should have arrived."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# "Your customer sees the refund as a credit approximately 5-10 business days later, depending upon the bank":
# https://support.stripe.com/questions/how-to-trace-a-refund-using-arns-and-stans.
BUSINESS_DAYS = 10
SATURDAY = 5


class Step(StrEnum):
    """What happens to a refund, in this order."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    MADE = "made"
    FAILED = "failed"


class StepTaken(NamedTuple):
    """A step, and when it was taken; None while it is to come."""

    step: Step
    at: datetime | None


def steps_of(
    requested_at: datetime, accepted_at: datetime | None, made_at: datetime | None, failed_at: datetime | None
) -> tuple[StepTaken, ...]:
    """All steps, with those that are to come; of one that has failed, those that it took."""
    way = (
        StepTaken(Step.REQUESTED, requested_at),
        StepTaken(Step.ACCEPTED, accepted_at),
        StepTaken(Step.MADE, made_at),
    )
    if failed_at is None:
        return way
    return (*(step for step in way if step.at is not None), StepTaken(Step.FAILED, failed_at))


def expected_by(made_on: date) -> date:
    """The day by which a refund that was made that day should be seen at the bank. Holidays of the bank's come on top.

    Business days are Monday to Friday.
    """
    day, left = made_on, BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day
