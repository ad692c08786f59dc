"""What is said of a refund on its way: to the shopper, and what the shopper says to the bank."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from smartcart.moments import format_day
from smartcart.money.format import format_money
from smartcart.payments.core.refund_model import Refund, RefundOrigin, RefundState
from smartcart.rules.refund_steps import Step, expected_by, steps_of

STEPS = {
    Step.REQUESTED: "Asked for",
    Step.ACCEPTED: "Taken up by the payment service",
    Step.MADE: "Sent to your bank",
    Step.FAILED: "Did not reach you",
}

HEADINGS = {
    RefundState.REQUESTED: "{amount} is on its way back to you",
    RefundState.MADE: "{amount} was given back",
    RefundState.REFUSED: "{amount} could not be given back yet",
    RefundState.FAILED: "{amount} came back to the shop",
}

ASKED = "We have asked the payment service for it, and wait for its answer. There is nothing you need to do."
ACCEPTED = "The payment service has it, and sends it on; that may take some days. There is nothing you need to do."
MADE = (
    "It goes to the card or account that you paid with. Banks show it within 5 to 10 business days: by {day}. If it was"
    " given back soon after you paid, the payment itself may disappear from your statement instead."
)
# "In the case of a reversal, the original charge drops off the customer's statement, and a separate credit isn't
# issued": https://docs.stripe.com/refunds.
REVERSED = (
    "Your bank had not booked the payment yet, so the payment itself was taken back: it disappears from your statement,"
    " by {day}, and no credit is shown beside it."
)
REFUSED = "The payment service did not take it. The shop knows, and will return the money to you in another way."
FAILED = "Your bank did not take it. The shop knows, and will return the money to you in another way."
BY_DISPUTE = "Your bank has got it back for you. When it shows on your account is for your bank to say."
DISPUTE_WON = "The dispute was decided for the shop after all, so the money stays with the shop."

# The gateway's words for them (https://docs.stripe.com/api/refunds/object), and those of banks.
NUMBERS = {
    "acquirer_reference_number": "Acquirer reference number (ARN)",
    "system_trace_audit_number": "System trace audit number (STAN)",
    "retrieval_reference_number": "Retrieval reference number (RRN)",
}
A_NUMBER = "Reference number"
TRACE = "If it is not there by then, give your bank this number, by which it finds the refund."
# https://support.stripe.com/questions/how-to-trace-a-refund-using-arns-and-stans: up to 7 business days.
TRACE_EXPECTED = (
    "The number by which your bank finds it is usually known within 7 business days, and is shown here then."
)


class ShownRefund(NamedTuple):
    """A refund as it is told; `number` and its name are for the bank, and empty while there is none."""

    heading: str
    sentence: str
    steps: tuple[tuple[str, datetime | None], ...]
    number_name: str
    number: str
    about_number: str
    is_open: bool


def shown(refund: Refund, zone: ZoneInfo) -> ShownRefund:
    taken = steps_of(refund.requested_at, refund.accepted_at, refund.made_at, refund.failed_at)
    return ShownRefund(
        heading=heading(refund),
        sentence=sentence(refund, zone),
        steps=tuple((STEPS[step], at) for step, at in taken),
        number_name=NUMBERS.get(refund.trace_kind, A_NUMBER) if refund.trace_number else "",
        number=refund.trace_number,
        about_number=_about_number(refund),
        is_open=refund.state is RefundState.REQUESTED or _waits_for_number(refund),
    )


def heading(refund: Refund) -> str:
    return HEADINGS[refund.state].format(amount=format_money(refund.amount, refund.currency))


def sentence(refund: Refund, zone: ZoneInfo) -> str:
    """What happens to it now, and what to expect by when; days in the shop's time zone."""
    if refund.origin is RefundOrigin.DISPUTE:
        return BY_DISPUTE if refund.state is RefundState.MADE else DISPUTE_WON
    if refund.state is RefundState.REQUESTED:
        return ACCEPTED if refund.accepted_at else ASKED
    if refund.state is RefundState.MADE and refund.made_at:
        day = format_day(expected_by(refund.made_at.astimezone(zone).date()))
        return (REVERSED if refund.is_reversal else MADE).format(day=day)
    return REFUSED if refund.state is RefundState.REFUSED else FAILED


def _about_number(refund: Refund) -> str:
    if refund.state is RefundState.MADE and refund.trace_number:
        return TRACE
    return TRACE_EXPECTED if _waits_for_number(refund) else ""


def _waits_for_number(refund: Refund) -> bool:
    return refund.state is RefundState.MADE and refund.trace_expected and not refund.trace_number
