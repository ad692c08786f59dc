"""Money that Stripe gives back: by our refunds, by its dashboard, and by disputes that were lost."""

from collections.abc import Iterable
from typing import Any

import stripe

from smartcart.gateways.protocol import Balance, RefundAnswer
from smartcart.gateways.stripe_access import once
from smartcart.gateways.stripe_amounts import as_ours
from smartcart.gateways.stripe_disputes import OPEN, Stage, answer_by, stage_of
from smartcart.gateways.stripe_outcomes import code_of

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


def give_back(api: Any, reference: str, amount: int, key: str) -> RefundAnswer:
    """Refund a part of an intent once for each key; `amount` in Stripe's units. Raises StripeError for no answer.

    A key serves for a day at least (https://docs.stripe.com/api/idempotent_requests), and repeats the first answer, as
    `pending`, for as long. So a refund that was made is looked for first, by what is written on it.
    """
    for made in api.refunds.list({"payment_intent": reference, "limit": PAGE}).auto_paging_iter():
        if made.metadata and made.metadata.to_dict().get(REFUND) == key:
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
    paid = [charge for charge in charges if charge.status == "succeeded"]
    disputes = []
    if any(charge.disputed for charge in paid):
        disputes = api.disputes.list({"payment_intent": reference, "limit": PAGE}).data
    return Balance(
        charged=_sum(paid, "amount"),
        refunded=_sum(paid, "amount_refunded"),
        disputed=_sum([dispute for dispute in disputes if stage_of(dispute) in OPEN], "amount"),
        lost=_sum([dispute for dispute in disputes if stage_of(dispute) is Stage.LOST], "amount"),
        inquired=_sum([dispute for dispute in disputes if stage_of(dispute) is Stage.INQUIRY], "amount"),
        answer_by=answer_by(disputes),
    )


def _answer(refund: stripe.Refund) -> RefundAnswer:
    return ANSWERS.get(refund.status or "", RefundAnswer.UNKNOWN)


def _sum(things: Iterable[Any], field: str) -> int:
    return sum(as_ours(getattr(thing, field), thing.currency) for thing in things)
