"""What people are told: for every state where the money is and what to do, for every interruption what happened.

Nothing here ever says "failed" of a payment whose outcome is not known.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from smartcart.gateways.protocol import CARD_GONE, CUSTOMER_GONE, SumProblem
from smartcart.moments import format_moment
from smartcart.money.format import format_money
from smartcart.payments.core import hold_copy
from smartcart.payments.core.interruptions import INTERRUPTIONS
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.declines import BY_DECLINE, NEVER, Advice
from smartcart.rules.disputes import UNDECIDED, DisputeStage
from smartcart.rules.outcomes import GATEWAY_WAS_OUT, WAITED_TOO_LONG
from smartcart.rules.payment_states import ENDED_UNPAID, State

HEADINGS = {
    State.CREATED: "Ready when you are",
    State.PROCESSING: "Your payment is under way",
    State.ACTION_REQUIRED: "Your bank asks you to confirm",
    State.CHECKING: "We are checking your payment",
    State.AUTHORIZED: "Set aside, and nothing taken yet",
    State.INTERRUPTED: "Nothing was taken",
    State.COMPLETED: "Paid. Thank you!",
    State.FAILED: "Nothing was taken",
    State.CANCELLED: "Cancelled. Nothing was taken",
    State.EXPIRED: "Time is over. Nothing was taken",
    State.REFUNDED: "Your money was returned",
}

SENTENCES = {
    State.CREATED: "No money has been taken yet. Choose a way to pay, then press Pay.",
    State.PROCESSING: "We are waiting for the payment service. Please don't pay again;"
    " this page tells you as soon as we know.",
    State.ACTION_REQUIRED: "Please confirm the payment with your bank. Nothing is final until you have.",
    State.CHECKING: "We don't know yet whether money was taken, so we are asking the payment service."
    " Please don't pay again yet. You may close this page: your order is safe.",
    State.AUTHORIZED: "Your bank has set the sum aside; nothing is taken until the shop has looked, by {moment} at the"
    " latest. Please don't pay again. You may close this page: your order is safe.",
    State.INTERRUPTED: "Your last attempt took no money. You can try again, with the same or another way to pay.",
    State.COMPLETED: "Your money was taken once, and your order is paid. There is nothing more to do.",
    State.FAILED: "All attempts are used up, and none took any money.",
    State.CANCELLED: "This payment was cancelled and took no money.",
    State.EXPIRED: "The time for this payment ran out, and no money was taken.",
    State.REFUNDED: "All of it was given back. Depending on your bank it shows within a few days.",
}

# After an end without money, by who reads it where. What went off sale meanwhile does not come back into the cart, nor
# what is in another currency than what lies there now (shop.cart.bring_back).
IN_YOUR_CART = "What you ordered went back into your cart, as far as it is still on sale, so you can order it again."
IN_ANOTHER_CART = (
    "What was ordered went back into the cart of the browser that ordered it. You can order again there, or anew here."
)
AT_ANOTHER_SHOP = "To order again, please go back to the shop where you ordered."

# On the other pages of the shop: "Payment of €24.00: …", with the way to its page.
BRIEFLY = {
    State.CREATED: "it is not paid yet",
    State.PROCESSING: "it is under way",
    State.ACTION_REQUIRED: "your bank asks you to confirm",
    State.CHECKING: "we are checking",
    State.AUTHORIZED: "the sum is set aside, and nothing is taken yet",
    State.INTERRUPTED: "nothing was taken so far",
    State.COMPLETED: "paid",
    State.FAILED: "nothing was taken",
    State.CANCELLED: "cancelled, nothing was taken",
    State.EXPIRED: "its time is over, nothing was taken",
    State.REFUNDED: "all of it was given back",
}

# After a decline, what the bank says of another try with the same card.
ADVICE = {
    Advice.NEVER: "Your last attempt took no money. This card cannot be tried again: please use another card, or"
    " another way to pay.",
    Advice.LATER: "Your last attempt took no money. You can use another way to pay now, or try this one again later;"
    " the bank does not say when.",
    Advice.CORRECT: "Your last attempt took no money. Please check the card's details, or use another way to pay.",
}
NOT_BEFORE = "Your last attempt took no money. You can use another way to pay now, but this card not before {moment}."

RETRIED = "Your last attempt took no money. We try again by ourselves in a moment; you need not do anything."
USUAL_WAIT = "When this happens, we nearly always know within {time} of the press on Pay."
ELSEWHERE = (
    "Your last attempt took no money. This payment cannot go on at the moment: it was begun with another account of the"
    " payment service than the shop works with now. Please don't pay again yet."
)
# While it is checked, to who ordered at the shop; the address is not for who looks over a shoulder.
LETTER_WANTED = "We write to {address} as soon as we know."
CANCELLING = (
    "You asked to cancel. We are making sure that no money can be taken any more."
    " If it was taken already, your order is paid and we tell you here."
)
RELEASING = (
    "This payment is being given up: your bank is told to set the sum free. If the shop had taken it before, your order"
    " is paid and we tell you here."
)
# By a gateway that was out of reach for all the attempts that a payment can have.
STRANDED = (
    "The payment service could not be reached, so no money was taken, and this payment cannot be tried again."
    " Your order is held until its time is over. Cancel it to order again at once."
)
CLOSING = (
    "The time for this payment ran out, and no money was taken. We are closing it at the payment service, so that none"
    " can be taken later either; then you can order again."
)
REFUND_DUE = (
    "Your money was taken after this order had ended, and it can no longer be delivered."
    " We are returning all of it; there is nothing you need to do."
)
PAID_BEFORE_CANCEL = (
    "You asked to cancel, but the money had been taken before. Your order is paid. If you still don't want it, ask for"
    " your money back; the shop sees that first."
)
WANTED_BACK = (
    "You asked to cancel, but the money had been taken before. You have asked for your money back: the shop sees that"
    " first. Until it is given back, your order stays paid."
)
RETURNING = "{amount} is on its way back to you. Depending on your bank that takes a few days."
NOT_RETURNED = (
    "{amount} was to be returned to you, and your bank did not take it. The shop knows, and will return it to you in"
    " another way."
)
RETURNED_IN_PART = "{returned} of {price} was returned. Depending on your bank it shows within a few days."
DISPUTED = (
    "Your bank has asked us to return this money on your behalf, and will decide about it. Until then your order stays"
    " paid, and there is nothing to pay again."
)
INQUIRED = (
    "Your bank has asked us about this payment, and has taken no money back for that. Your order stays paid, and there"
    " is nothing to pay again."
)
# After all of it was given back.
DISPUTED_TOO = "Your bank has asked us about this payment all the same; there is nothing you need to do."
DISPUTE_LOST = "Your bank has got your money back for you. When it shows on your account is for your bank to say."
DECLINED = "Your bank declined the payment."
NOT_CONFIRMED = "The payment was not confirmed with your bank."
# By the gateways' own words; Stripe's are on https://docs.stripe.com/declines/codes, where it asks for nothing more to
# be told of a card that was reported lost or stolen.
REFUSALS = {
    **{code: DECLINED for code, advised in BY_DECLINE.items() if advised is NEVER},
    **dict.fromkeys(("card_declined", "generic_decline", "do_not_honor", "fraudulent", "call_issuer"), DECLINED),
    **dict.fromkeys((CARD_GONE, CUSTOMER_GONE), "This saved card is no longer there. Please use another way to pay."),
    "insufficient_funds": "Your bank says there is not enough money on this card.",
    "card_velocity_exceeded": "Your bank says that the limit of this card is reached.",
    "expired_card": "This card has expired.",
    **dict.fromkeys(("incorrect_number", "invalid_number"), "The card number is not right."),
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc"), "The card's security code is not right."),
    **dict.fromkeys(("invalid_expiry_month", "invalid_expiry_year"), "The card's expiry date is not right."),
    "card_not_supported": "This card cannot be used for a payment like this one.",
    "currency_not_supported": "This card does not take payments in this currency.",
    "processing_error": "Your bank could not process the payment.",
    "authentication_required": "Your bank wants you to confirm payments with this card.",
    WAITED_TOO_LONG.code: "So many payments came at once that yours waited too long for its turn. It was not sent.",
    GATEWAY_WAS_OUT.code: "The payment service answers nobody at the moment, so yours was not sent to it.",
    **dict.fromkeys(("authentication_refused", "payment_intent_authentication_failure"), NOT_CONFIRMED),
}


# Of a sum that the gateway never takes; its own limits are told before a session is opened, where they are known.
SUM_PROBLEMS = {
    SumProblem.TOO_SMALL: "This sum is too small for the payment service, in the currency that it counts in.",
    SumProblem.TOO_LARGE: "This sum is too large for the payment service to take at once.",
    SumProblem.CURRENCY: "The payment service takes nothing in this currency.",
    SumProblem.NOT_PAYABLE: "The payment service cannot take exactly this sum.",
}
SUM_REFUSED = "No money was taken, and none can be for this sum, with any card."


def counter(session: Snapshot) -> str:
    """Which attempt this is, and how many of them do not count."""
    told = f"Attempt {session.attempts} of {session.max_attempts}"
    if not session.unsent:
        return told
    which = "one of them" if session.unsent == 1 else f"{session.unsent} of them"
    counts = "does not count" if session.unsent == 1 else "do not count"
    return f"{told}: {which} did not reach the payment service and {counts}"


def heading(session: Snapshot) -> str:
    if session.state is State.COMPLETED and session.refund_failed:
        return "Your money could not be returned yet"
    if session.returning:
        return "Your money is being returned"
    if session.state is State.COMPLETED and session.refund_pending:
        return "Paid, and money is on its way back"
    if session.state is State.COMPLETED and session.refunded:
        return "Paid, and part of it was returned"
    if session.paid_after_cancel:
        return "Paid before you cancelled"
    return "Cancelling your payment" if session.cancelling else HEADINGS[session.state]


def sentence(session: Snapshot, zone: ZoneInfo) -> str:
    """Where the money is, and what to do now; moments in the shop's time zone."""
    if session.returning and not session.refund_failed:
        return REFUND_DUE
    if session.state is State.COMPLETED:
        return " ".join(_of_paid(session)) or SENTENCES[session.state]
    if session.state is State.REFUNDED and session.dispute:
        return _of_returned(session.dispute)
    if session.state is State.FAILED and session.refusal_code in SUM_PROBLEMS:
        return SUM_REFUSED
    if session.state is State.AUTHORIZED:
        return _of_held(session, zone)
    if session.cancelling:
        return CANCELLING
    if session.state is State.CANCELLED and session.released_at:
        return f"{SENTENCES[session.state]} {hold_copy.RELEASED}"
    return _of_interrupted(session, zone) if session.state is State.INTERRUPTED else SENTENCES[session.state]


def reason(session: Snapshot) -> str:
    """What kept the last attempt from ending, or why the bank said no; empty when there is nothing to tell."""
    if session.state in (State.CHECKING, State.INTERRUPTED, State.FAILED):
        if session.refusal_code in SUM_PROBLEMS:
            return SUM_PROBLEMS[SumProblem(session.refusal_code)]
        if session.refusal_code:
            return REFUSALS.get(session.refusal_code, "The payment service declined the payment.")
        if session.interruption:
            return INTERRUPTIONS[session.interruption]
    return ""


def briefly(payment: OwnPayment) -> str:
    """Where the money is, on a page that is about something else."""
    if payment.refund_failed:
        return "it could not be returned yet"
    if payment.returning or payment.refund_pending:
        return "it is being returned"
    if payment.cancelling:
        return "you asked to cancel, and we are making sure"
    if payment.out_of_time:
        return "its time is over"
    if payment.state is State.COMPLETED and payment.refunded:
        return "paid, and part of it was given back"
    return BRIEFLY[payment.state]


def letter_wanted(session: Snapshot) -> str:
    """That word of the outcome was asked for; empty where it was not, or where it is known."""
    if session.state is not State.CHECKING or session.letter_wanted_at is None:
        return ""
    return LETTER_WANTED.format(address=masked(session.order_email or ""))


def masked(email: str) -> str:
    """An address by which its owner knows it, and nobody else learns it: "a•••@e•••.org"."""
    name, _, domain = email.rpartition("@")
    host, _, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{ending}"


def way_on(session: Snapshot, is_readers_own: bool) -> str:
    """How what was not paid can be ordered again, for who reads it; empty where there is nothing to order again."""
    if session.state not in ENDED_UNPAID:
        return ""
    if session.merchant:
        return AT_ANOTHER_SHOP
    return IN_YOUR_CART if is_readers_own else IN_ANOTHER_CART


def _of_held(session: Snapshot, zone: ZoneInfo) -> str:
    """The time of a payment that is held ends when the hold is given up."""
    if session.cancelling:
        return RELEASING
    return SENTENCES[State.AUTHORIZED].format(moment=format_moment(session.expires_at, zone))


def _of_interrupted(session: Snapshot, zone: ZoneInfo) -> str:
    if session.retry_at is not None:
        return RETRIED
    if session.advice is None:
        return SENTENCES[State.INTERRUPTED]
    if session.not_before is None:
        return ADVICE[session.advice]
    return NOT_BEFORE.format(moment=format_moment(session.not_before, zone))


def _of_paid(session: Snapshot) -> Iterator[str]:
    """What has happened to money that was taken, if anything has."""
    if session.refund_pending:
        yield RETURNING.format(amount=format_money(session.refund_pending, session.currency))
    if session.refund_failed:
        yield NOT_RETURNED.format(amount=format_money(session.refund_failed, session.currency))
    if session.refunded:
        price = format_money(session.amount, session.currency)
        yield RETURNED_IN_PART.format(returned=format_money(session.refunded, session.currency), price=price)
    elif session.paid_after_cancel:
        yield WANTED_BACK if session.refund_wanted_at else PAID_BEFORE_CANCEL
    if session.dispute:
        yield INQUIRED if session.dispute is DisputeStage.INQUIRY else DISPUTED


def _of_returned(dispute: DisputeStage) -> str:
    return f"{SENTENCES[State.REFUNDED]} {DISPUTED_TOO}" if dispute in UNDECIDED else DISPUTE_LOST
