"""Money that Stripe gives back: by our refunds, by its dashboard, and by disputes that were lost."""

from collections.abc import Iterable
from typing import Any

import stripe

from smartcart.gateways.books import UNTOLD, Balance, RefundAnswer, RefundInBooks, Trace
from smartcart.gateways.stripe.amounts import as_ours
from smartcart.gateways.stripe.client import once
from smartcart.gateways.stripe.disputes import OPEN, Stage, answer_by, stage_of
from smartcart.gateways.stripe.outcomes import code_of

# What we write on every refund: the key that it was made with.
REFUND = "smartcart_refund"
# As many as Stripe gives at once. A charge has hardly ever more than a few refunds.
PAGE = 100
# https://docs.stripe.com/api/refunds/object#status
ANSWERS = {
    "succeeded": RefundAnswer.MADE,
    "pending": RefundAnswer.PENDING,
    "requires_action": RefundAnswer.PENDING,
    "failed": RefundAnswer.REFUSED,
    "canceled": RefundAnswer.REFUSED,
}


def refund(api: Any, reference: str, amount: int, key: str) -> RefundAnswer:
    """Refund a part of an intent once for each key; `amount` in Stripe's units. Raises StripeError for no answer.

    A key serves for a day at least (https://docs.stripe.com/api/idempotent_requests), and repeats the first answer, as
    `pending`, for as long. So a refund that was made is looked for first, by what is written on it.
    """
    for made in api.refunds.list({"payment_intent": reference, "limit": PAGE}).auto_paging_iter():
        if _key_of(made) == key:
            return _answer(made)
    wanted = {"payment_intent": reference, "amount": amount, "metadata": {REFUND: key}}
    try:
        return _answer(api.refunds.create(wanted, once(key)))
    except stripe.InvalidRequestError as error:
        if code_of(error) == "lock_timeout":  # another request works on the charge, and may be ours
            return RefundAnswer.UNKNOWN
        return RefundAnswer.REFUSED


def balance_of(api: Any, reference: str) -> Balance:
    """What stands of an intent, in our minor units. Raises StripeError."""
    charges = api.charges.list({"payment_intent": reference, "limit": PAGE}).data
    paid = [charge for charge in charges if charge.status == "succeeded" and charge.captured]
    refunds = _refunds_of(api, reference) if paid else ()
    disputes = []
    if any(charge.disputed for charge in paid):
        disputes = api.disputes.list({"payment_intent": reference, "limit": PAGE}).data
    return Balance(
        charged=_sum(paid, "amount"),
        # Not `amount_refunded` of the charge, in which those are that are pending.
        refunded=sum(refund.amount for refund in refunds if refund.answer is RefundAnswer.MADE),
        disputed=_sum([dispute for dispute in disputes if stage_of(dispute) in OPEN], "amount"),
        lost=_sum([dispute for dispute in disputes if stage_of(dispute) is Stage.LOST], "amount"),
        inquired=_sum([dispute for dispute in disputes if stage_of(dispute) is Stage.INQUIRY], "amount"),
        answer_by=answer_by(disputes),
        refunds=refunds,
    )


def _refunds_of(api: Any, reference: str) -> tuple[RefundInBooks, ...]:
    newest_first = api.refunds.list({"payment_intent": reference, "limit": PAGE}).auto_paging_iter()
    return tuple(
        RefundInBooks(
            name=refund.id,
            key=_key_of(refund),
            amount=as_ours(refund.amount, refund.currency),
            answer=_answer(refund),
            pending_reason=getattr(refund, "pending_reason", None) or "",
            trace=_trace_of(refund),
        )
        for refund in newest_first
    )[::-1]


def _trace_of(refund: Any) -> Trace:
    """What https://docs.stripe.com/api/refunds/object#refund_object-destination_details has of a card or another way to
    pay, each under its own name; `reference_status` is pending, available or unavailable."""
    details = getattr(refund, "destination_details", None)
    of_method = getattr(details, details.type, None) if details else None
    if of_method is None:
        return UNTOLD
    status = getattr(of_method, "reference_status", None)
    return Trace(
        number=(getattr(of_method, "reference", None) or "") if status == "available" else "",
        kind=getattr(of_method, "reference_type", None) or "",
        is_expected=status == "pending",
        is_reversal=getattr(of_method, "type", None) == "reversal",
    )


def _key_of(refund: Any) -> str:
    return str(refund.metadata.to_dict().get(REFUND, "")) if refund.metadata else ""


def _answer(refund: stripe.Refund) -> RefundAnswer:
    return ANSWERS.get(refund.status or "", RefundAnswer.UNKNOWN)


def _sum(things: Iterable[Any], field: str) -> int:
    return sum(as_ours(getattr(thing, field), thing.currency) for thing in things)
