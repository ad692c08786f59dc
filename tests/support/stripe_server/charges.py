"""Charges, what is given back of them, and disputes."""

import time
from typing import Any

from localstripe import resources

from tests.support.stripe_server import events
from tests.support.stripe_server.mending import Refusal, filtered, invalid, mended

# In seconds.
HELD_FOR = 7 * 86400


@mended
class Charge(resources.Charge):  # type: ignore[misc]
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        # https://docs.stripe.com/api/charges/object: `amount_captured`, `disputed`; localstripe lacks them.
        self.disputed = False
        self.outcome: dict[str, str] = {}
        self._released = False

    @property
    def amount_captured(self) -> int:
        return int(self.amount) if self.status == "succeeded" and self.captured else 0

    @property
    def payment_method_details(self) -> dict[str, Any]:
        """`capture_before`: "You need to capture the funds before the authorization expires", after seven days
        (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""
        return {"type": "card", "card": {} if self.captured else {"capture_before": self.created + HELD_FOR}}

    def _has_lapsed(self) -> bool:
        return not self.captured and self.status == "succeeded" and resources.time.time() >= self.created + HELD_FOR

    def _release(self) -> None:
        """ "the remaining amount_capturable is automatically refunded" (https://docs.stripe.com/api/payment_intents/cancel)."""
        self._released = True

    @property
    def amount_refunded(self) -> int:
        if self._released or self._has_lapsed():
            return int(self.amount)
        # "Amount in cents refunded": what failed or was canceled is not.
        return sum(each.amount for each in _refunds_of(self.id) if each.status in ("succeeded", "pending"))

    @property
    def refunded(self) -> bool:
        return self.amount_refunded >= self.amount

    def _fail_with(self, code: str, decline_code: str) -> None:
        self.status, self.failure_code, self.failure_message = "failed", code, "Your card was declined."
        self.outcome = {"reason": decline_code, "type": "issuer_declined"}

    def _export(self, expand: Any = None) -> Any:
        # Since API version 2022-11-15 `refunds` is not part of a charge unless it is asked for.
        body = super()._export(expand=[each for each in expand or [] if each != "refunds"])
        if "refunds" not in (expand or []):
            del body["refunds"]
        return body

    # https://docs.stripe.com/api/charges/list: `payment_intent` filters; localstripe lists the oldest first.
    _api_list_all = filtered("customer", "payment_intent")


# What a refund is when it is made: `status` and `pending_reason` where it is not made at once, and what banks are told.
usual_refund: dict[str, Any] = {}


@mended
class Refund(resources.Refund):  # type: ignore[misc]
    def __init__(
        self,
        charge: Any = None,
        payment_intent: Any = None,
        amount: Any = None,
        reason: Any = None,
        metadata: Any = None,
        **more: Any,
    ) -> None:
        of = charge or resources.PaymentIntent._api_retrieve(payment_intent).latest_charge
        if of is None:
            raise invalid("This PaymentIntent does not have a successful charge to refund.")
        found = Charge._api_retrieve(of)
        left = found.amount - found.amount_refunded
        amount = left if amount is None else int(amount)
        _refuse_too_much(found, amount, left)
        super().__init__(charge=found.id, amount=amount, metadata=metadata, **more)
        self.payment_intent, self.reason, self.pending_reason = found.payment_intent, reason, None
        # `reference` is told later: https://docs.stripe.com/api/refunds/object#refund_object-destination_details-card.
        card = {"type": "refund", "reference_status": "pending", "reference_type": "acquirer_reference_number"}
        self.destination_details = {"type": "card", "card": card}
        for name, value in usual_refund.items():
            setattr(self, name, value)
        events.happened("refund.created", self)
        events.happened("charge.refunded", found)
        _tell_of_warnings(found.id)

    def _have_number(self, number: str) -> None:
        """The networks have told by which number the bank finds it: it is `updated` then."""
        self.destination_details["card"] |= {"reference": number, "reference_status": "available"}
        events.happened("refund.updated", self)

    def _end(self, status: str) -> None:
        """https://docs.stripe.com/refunds#failed-refunds: what was made, or is pending, ends so later."""
        self.status, self.pending_reason = status, None
        if status == "failed":
            self.failure_reason = "expired_or_canceled_card"
            events.happened("refund.failed", self)
        events.happened("refund.updated", self)

    _api_list_all = filtered("charge", "payment_intent")


def _refuse_too_much(charge: Charge, amount: int, left: int) -> None:
    """https://docs.stripe.com/api/refunds/create: "This method raises an error when called on an already-refunded
    charge, or when trying to refund more money than is left on a charge"; localstripe lets it."""
    if charge.status != "succeeded":
        raise invalid("This charge cannot be refunded, as it has not succeeded.", charge=charge.id)
    if charge.disputed:
        raise invalid("This charge has been charged back.", "charge_disputed", charge=charge.id)
    if left <= 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", "charge_already_refunded", charge=charge.id)
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")


def _refunds_of(charge: str) -> list[Any]:
    return [each for each in resources.store.values() if isinstance(each, Refund) and each.charge == charge]


class Dispute(resources.StripeObject):  # type: ignore[misc]
    """https://docs.stripe.com/api/disputes: "occurs when a customer questions your charge with their card issuer"."""

    object = "dispute"
    _id_prefix = "du_"

    def __init__(self, charge: Any = None, reason: str = "fraudulent", status: str = "needs_response") -> None:
        found = Charge._api_retrieve(charge)
        if found.status != "succeeded":
            raise Refusal(400, "invalid_request_error", "Only what is charged can be disputed.")
        super().__init__()
        found.disputed = True
        self.amount, self.currency, self.reason, self.status = found.amount, found.currency, reason, status
        self.charge, self.payment_intent = found.id, found.payment_intent
        self.evidence_details = {"due_by": int(time.time()) + 7 * 86400}
        events.happened("charge.dispute.created", self)
        _tell_of_warnings(found.id)

    def _close(self, won: bool) -> None:
        self.status = "won" if won else "lost"
        events.happened("charge.dispute.closed", self)

    _api_list_all = filtered("charge", "payment_intent")


class EarlyFraudWarning(resources.StripeObject):  # type: ignore[misc]
    """https://docs.stripe.com/api/radar/early_fraud_warnings/object: "indicates that the card issuer has notified us
    that a charge may be fraudulent"."""

    object = "radar.early_fraud_warning"
    _id_prefix = "issfr_"

    def __init__(self, charge: Any = None, fraud_type: str = "made_with_stolen_card") -> None:
        found = Charge._api_retrieve(charge)
        super().__init__()
        self.charge, self.payment_intent, self.fraud_type = found.id, found.payment_intent, fraud_type
        events.happened("radar.early_fraud_warning.created", self)

    @property
    def actionable(self) -> bool:
        # "An EFW is actionable if it has not received a dispute and has not been fully refunded."
        found = Charge._api_retrieve(self.charge)
        return not found.disputed and not found.refunded

    _api_list_all = filtered("charge", "payment_intent")


def _tell_of_warnings(charge: str) -> None:
    """Told as radar.early_fraud_warning.updated: https://docs.stripe.com/api/events/types."""
    for each in list(resources.store.values()):
        if isinstance(each, EarlyFraudWarning) and each.charge == charge:
            events.happened("radar.early_fraud_warning.updated", each)


WARNINGS = "/v1/radar/early_fraud_warnings"
resources.extra_apis += [
    ("GET", WARNINGS, lambda **filters: EarlyFraudWarning._api_list_all(WARNINGS, **filters)),
    ("GET", WARNINGS + "/{id}", EarlyFraudWarning._api_retrieve),
    ("GET", "/v1/disputes", lambda **filters: Dispute._api_list_all("/v1/disputes", **filters)),
    ("GET", "/v1/disputes/{id}", Dispute._api_retrieve),
]
