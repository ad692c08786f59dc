"""What a statement of no charge says, in words that a bank's help desk understands."""

from datetime import datetime
from zoneinfo import ZoneInfo

from smartcart.moments import format_moment
from smartcart.payments.core import hold_copy
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import State
from smartcart.rules.statements import Ground

OPEN = (
    "A statement that nothing was charged can be given once the payment has ended and the payment service has closed"
    " it, so that nothing can be charged any more."
)
NEVER_ASKED = (
    "It ended before anything was sent to the payment service, so there is nothing of it at any bank, and no statement"
    " is needed."
)
TAKEN = "So it cannot be stated that nothing was charged. The page of the payment says where the money is now."
# Why there is none, as a heading and a sentence.
REFUSED = {
    Ground.OPEN: ("This payment is not over yet", OPEN),
    Ground.NEVER_ASKED: ("No bank was asked for this payment", NEVER_ASKED),
    Ground.TAKEN: ("Money was taken by this payment", TAKEN),
}

# Why the reference was closed, by where the payment ended.
CLOSED_AS = {
    State.CANCELLED: "because the payment was cancelled",
    State.EXPIRED: "because the time to pay was over",
    State.FAILED: "because its attempts were used up",
}

# What the payment service said of each attempt.
SAID = {
    OutcomeKind.DECLINED: "the bank declined it; nothing was charged",
    OutcomeKind.NOT_CHARGED: "nothing was charged",
    OutcomeKind.UNREACHABLE: "it did not reach the payment service; nothing was charged",
}

# How the services call themselves, by their names here.
SERVICES = {"stripe": "Stripe", "sandbox": "the sandbox, which moves no real money"}

HOLD = (
    "Pending means that the bank set the sum aside when it was asked (an authorization, or hold). It is no charge: the"
    " money is still in the account, and the closed reference above can never collect it."
)
# A hold lives for 7 days at Visa, Mastercard, American Express and Discover, and in Japan for up to 30
# (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). Until its line is gone from a statement it may
# take up to 10 business days (https://support.stripe.com/questions/unexpected-1-00-charge-on-customers-bank-statement).
HOLD_ENDS = (
    "The bank lifts the hold by itself. By the rules of the card schemes it ends after 7 days, in Japan after up to 30;"
    " its line may stay on a statement for up to 10 business days. The shop cannot lift it sooner; the bank can."
)
# What else of a sum that was set aside for the owner to look at: it is known when that ended.
SET_ASIDE = "The bank had set this sum aside until {moment}. Since then the payment service holds nothing of it. "


def pending(released_at: datetime | None, zone: ZoneInfo) -> tuple[str, str]:
    """What a line means that is pending, and when it goes."""
    if released_at is None:
        return HOLD, HOLD_ENDS
    moment = format_moment(released_at, zone, seconds=True)
    return HOLD, SET_ASIDE.format(moment=moment) + hold_copy.RELEASED
