"""Why the desk says no. One value each, with the words for the shopper and the status of the API."""

import math
from datetime import datetime

from smartcart.gateways.protocol import SumProblem
from smartcart.rules.payment_states import Money


class Refused(Exception):
    """The desk does not do what was asked; nothing has changed by asking. `money` is the truth at that moment."""

    status = 409
    code = "refused"
    detail = "This cannot be done now."
    # After so many seconds another try may do better; None where it would not, or nobody knows.
    retry_after: int | None = None
    # Why, for the owner alone, where a fraud rule or the card schemes say no.
    judged = ""

    def __init__(self, money: Money | None = None) -> None:
        super().__init__(self.detail)
        self.money = money


class OutcomeUnknown(Refused):
    code = "outcome_unknown"
    detail = "We are still checking your last payment. Please don't pay again yet."


class InProgress(Refused):
    code = "in_progress"
    detail = "A payment is under way. Please don't pay again yet."


class AttemptsUsedUp(Refused):
    code = "attempts_used_up"
    detail = "All attempts of this payment are used up. Nothing was taken."


class Expired(Refused):
    status = 410
    code = "expired"
    detail = "The time for this payment is over. Nothing was taken."


class Closed(Refused):
    code = "closed"
    detail = "This payment is over; nothing more can be paid here."


class Cancelling(Refused):
    code = "closed"
    detail = "This payment is being cancelled; nothing more can be paid here."


class AlreadyPaid(Refused):
    code = "already_paid"
    detail = "This order is paid already."


class DifferentSum(Refused):
    code = "different_sum"
    detail = "This order has an open payment of another sum or currency. Cancel that one first."


class NotPaid(Refused):
    code = "not_paid"
    detail = "The gateway has not confirmed a charge for this session."


class UnknownMethod(Refused):
    status = 422
    code = "unknown_method"
    detail = "Choose one of the ways to pay that are offered."


class CardRefused(Refused):
    status = 422
    code = "card_refused"
    detail = "Your bank declines this card, and it is not to be tried again now. Nothing was taken; use another card."


class RefusedByShop(Refused):
    """A fraud rule refuses the attempt. Who is refused is not told by which rule."""

    status = 403
    code = "refused_by_shop"
    detail = (
        "The shop does not take this payment now, so none was begun. Nothing was taken and no attempt was used. Ask the"
        " shop if you want to order all the same."
    )


class SlowDown(Refused):
    """A fraud rule has them wait `until` then."""

    status = 429
    code = "slow_down"
    detail = (
        "Too much was tried in a short time, so no payment was begun. Nothing was taken and no attempt was used. Wait"
        " for a while, then press again."
    )

    def __init__(self, money: Money, until: datetime, now: datetime) -> None:
        self.retry_after = max(1, math.ceil((until - now).total_seconds()))
        super().__init__(money)


class NothingToPayWith(Refused):
    status = 422
    code = "unknown_method"
    detail = (
        "The payment service's form did not load, so there was nothing to pay with, and no payment was begun."
        " Reload the page with JavaScript on, or choose another way to pay."
    )


class CardNumberGiven(Refused):
    status = 422
    code = "card_number"
    detail = "This looks like a card number, and was not kept. Type card details only into the card form."


class NoMoreExtensions(Refused):
    code = "no_more_extensions"
    detail = "The time for this payment cannot be extended any further."


class Busy(Refused):
    status = 503
    code = "busy"
    retry_after = 2
    detail = "No payment can begin at this moment. Nothing was taken and no attempt was used; please try again shortly."


class GatewayOut(Refused):
    status = 503
    code = "gateway_out"
    retry_after = 30
    detail = (
        "The payment service answers nobody at the moment, so nothing was sent to it. Nothing was taken and no attempt"
        " was used. Your order is kept; please try again later."
    )


class NotFound(Refused):
    status = 404
    code = "not_found"
    detail = "There is no such payment session."


class OrderedBeside(Refused):
    code = "ordered_before"
    detail = (
        "You have another order of the same, and its money may be taken already. Nothing was begun by your press. If"
        " you want it a second time, press once more."
    )


class TooFast(Refused):
    status = 429
    code = "too_many_requests"
    detail = "That was too fast, so nothing was done. Please wait a moment, then press again."


class FormTooOld(Refused):
    status = 400
    code = "csrf"
    detail = (
        "Your browser no longer had the cookie that this page's buttons need, so your press was not taken and nothing"
        " was begun by it. Please press again. If you read this once more, allow this shop to set cookies."
    )


class SoldOut(Refused):
    code = "sold_out"
    detail = "What was ordered is sold out meanwhile."


class SumRefused(Refused):
    """The gateway never charges such a sum."""

    status = 422

    def __init__(self, problem: SumProblem, limit: str) -> None:
        self.code = problem.value
        self.detail = SUM_PROBLEMS[problem].format(limit=limit)
        super().__init__()


SUM_PROBLEMS = {
    SumProblem.TOO_SMALL: "This sum is too small to be paid: {limit} is the least. Nothing was taken.",
    SumProblem.TOO_LARGE: "This sum is too large to be paid at once: {limit} at most. Nothing was taken.",
    SumProblem.CURRENCY: "The payment service takes nothing in this currency. Nothing was taken.",
    SumProblem.NOT_PAYABLE: "The payment service cannot take exactly this sum. Nothing was taken.",
}


class NothingToSend(Refused):
    code = "nothing_to_send"
    detail = "There is no money for this order, or all of it goes back: nothing is to be sent."


class SentAlready(Refused):
    code = "sent_already"
    detail = "This was done before, or the order has come further meanwhile."


class NothingToReturn(Refused):
    code = "nothing_to_return"
    detail = "There is no money of this payment that could be given back."


class NothingHeld(Refused):
    code = "nothing_held"
    detail = "No sum is set aside for this payment now."


class TooMuchToReturn(Refused):
    code = "too_much_to_return"

    def __init__(self, money: Money, left: str) -> None:
        self.detail = f"That is more than is left of this payment: {left} at most can still be given back."
        super().__init__(money)


class RefundRefused(Refused):
    code = "refund_refused"
    detail = "The gateway refused to give this money back. Nothing was given back by this request."


class BegunElsewhere(Refused):
    code = "other_gateway"
    detail = (
        "This payment was begun with another account of the payment service than the shop works with now, so it cannot"
        " go on at the moment. Please don't pay again yet."
    )


class OtherGateway(Refused):
    code = "other_gateway"
    detail = (
        "This was paid by another gateway, or another account there, than the shop works with now. Give it back on that"
        " gateway's own pages."
    )


def detail_of(name: str) -> str:
    """The words of a refusal by the name of its class; empty if there is none of that name."""
    found = [refusal for refusal in Refused.__subclasses__() if refusal.__name__ == name]
    return found[0].detail if found else ""
