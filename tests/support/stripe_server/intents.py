"""Payment intents, from one confirmation to the next: https://docs.stripe.com/payments/paymentintents/lifecycle."""

import time
from typing import Any

from localstripe import resources

from tests.support.stripe_server import account, events
from tests.support.stripe_server.charges import Charge
from tests.support.stripe_server.mending import Refusal, invalid, listed, mended
from tests.support.stripe_server.methods import ADVICE, ConfirmationToken, Customer, PaymentMethod

# https://docs.stripe.com/api/payment_intents/cancel: what can be canceled; and what can be confirmed: all that has not
# been charged, is not being charged and was not canceled.
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*OPEN, "requires_capture")


@mended
class PaymentIntent(resources.PaymentIntent):  # type: ignore[misc]
    # Replaced by `latest_charge` in API version 2022-11-15.
    charges = None

    def __init__(
        self,
        automatic_payment_methods: Any = None,
        setup_future_usage: Any = None,
        description: Any = None,
        **given: Any,
    ) -> None:
        account.refuse_small(int(given["amount"]), given["currency"])
        super().__init__(**given)
        self.automatic_payment_methods = automatic_payment_methods
        self.setup_future_usage = setup_future_usage or None
        self.description = description
        self.canceled_at: int | None = None
        self.cancellation_reason: str | None = None
        self._error: dict[str, Any] | None = None
        self._challenges = 0
        self._asks_bank = False
        events.happened("payment_intent.created", self)

    @property
    def status(self) -> str:
        charge = self._latest()
        if self._canceled or (charge is not None and charge._has_lapsed()):
            return "canceled"
        if self.next_action:
            return "requires_action"
        if charge is not None and charge.status == "pending":
            return "processing"
        if charge is not None and charge.status == "succeeded":
            return "succeeded" if charge.captured else "requires_capture"
        return "requires_confirmation" if self.payment_method else "requires_payment_method"

    @property
    def last_payment_error(self) -> dict[str, Any] | None:
        return self._error

    @property
    def amount_received(self) -> int:
        return int(self.amount) if self.status == "succeeded" else 0

    def _latest(self) -> Any:
        """The latest charge. localstripe puts it whole into `latest_charge`; Stripe its id, unless it is expanded."""
        return Charge._api_retrieve(self.latest_charge) if self.latest_charge else None

    @classmethod
    def _api_confirm(
        cls,
        id: str,
        payment_method: Any = None,
        confirmation_token: Any = None,
        return_url: Any = None,
        use_stripe_sdk: Any = None,
        setup_future_usage: Any = None,
        capture_method: Any = None,
        payment_method_options: Any = None,
        **more: Any,
    ) -> Any:
        """localstripe confirms once, with what is attached already. Stripe, of a declined intent: "If the payment
        attempt fails (for example due to a decline), the PaymentIntent's status returns to requires_payment_method"
        (lifecycle); `payment_method` and `confirmation_token` are parameters of /confirm."""
        if more:
            raise invalid("Received unknown parameter: " + ", ".join(more), "parameter_unknown")
        intent = cls._api_retrieve(id)
        if intent.status not in OPEN:
            raise intent._unexpected("confirm")
        method = intent._way_to_pay(payment_method, confirmation_token)
        in_page = resources.try_convert_to_bool(use_stripe_sdk)
        if not in_page and not return_url:
            # https://docs.stripe.com/api/payment_intents/confirm: needed as soon as a method may redirect.
            raise invalid("This PaymentIntent must be provided a return_url.", "parameter_missing", param="return_url")
        if setup_future_usage is not None:
            intent.setup_future_usage = setup_future_usage or None
        intent._be_cautious(method, capture_method, payment_method_options or {})
        intent._begin(method)
        if method._requires_authentication() or intent._asks_bank:
            intent._ask_the_bank(in_page, return_url)
        elif method.type == "ideal":
            intent._ask_the_bank(in_page=False, return_url=return_url)
        else:
            intent._charge_now()
        if intent._error:
            raise intent._declined()
        return intent

    def _be_cautious(self, method: Any, capture_method: Any, options: Any) -> None:
        """https://docs.stripe.com/payments/place-a-hold-on-a-payment-method: not every method can be captured later."""
        if capture_method == "manual" and method.type != "card":
            raise invalid("This way to pay cannot be captured manually.", "payment_intent_incompatible_payment_method")
        self.capture_method = capture_method or self.capture_method
        if asked := options.get("card", {}).get("request_three_d_secure"):
            self._asks_bank = asked != "automatic"

    def _way_to_pay(self, payment_method: Any, confirmation_token: Any) -> Any:
        if confirmation_token:
            return ConfirmationToken._api_retrieve(confirmation_token)._use(self.id)
        if not (payment_method or self.payment_method):
            raise invalid("You cannot confirm this PaymentIntent without a payment method.", "parameter_missing")
        method = PaymentMethod._api_retrieve(payment_method or self.payment_method)
        if self.customer and method.customer is None:
            message = f"The customer does not have a payment method with the ID {method.id}."
            raise invalid(message, "resource_missing", param="payment_method")
        if method.customer != self.customer and method.customer is not None:
            # https://docs.stripe.com/api/payment_intents/object#customer: "Payment methods attached to other Customers
            # cannot be used with this PaymentIntent."
            raise invalid("The provided PaymentMethod belongs to another Customer.", "resource_missing")
        return method

    def _begin(self, method: Any) -> None:
        method._begin_use(bool(self.setup_future_usage or self.customer))
        self.payment_method, self._error, self.next_action = method.id, None, None

    def _ask_the_bank(self, in_page: bool, return_url: Any) -> None:
        """https://docs.stripe.com/api/payment_intents/object#next_action: `redirect_to_url` with `url` and
        `return_url`, or `use_stripe_sdk` when it was asked for at confirmation."""
        self._challenges += 1
        if in_page:
            self.next_action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        else:
            url = f"{OWN['url']}/_bank/{self.id}/{self._challenges}?client_secret={self.client_secret}"
            self.next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
        events.happened("payment_intent.requires_action", self)

    def _charge_now(self) -> None:
        method = PaymentMethod._api_retrieve(self.payment_method)
        # https://docs.stripe.com/metadata: "PaymentIntent metadata is copied to the Charge it creates".
        charge = Charge(
            amount=self.amount,
            currency=self.currency,
            customer=self.customer,
            source=method.id,
            metadata=dict(self.metadata),
            description=self.description,
            capture=self.capture_method != "manual",
        )
        charge.payment_intent, self.latest_charge = self.id, charge.id
        declined = ("card_declined", bank.get("decline_code", "generic_decline")) if bank else method._decline()
        if declined:
            charge._fail_with(*declined)
            self._fail("card_error", charge.failure_code, charge.failure_message, *declined[1:])
        else:
            charge._initialize_charge(self._succeed)
            if not charge.captured:
                events.happened("charge.succeeded", charge)
                events.happened("payment_intent.amount_capturable_updated", self)
            elif charge.status == "pending":
                events.happened("payment_intent.processing", self)

    def _succeed(self) -> None:
        """https://docs.stripe.com/api/payment_intents/create#setup_future_usage: "attach the payment method to the
        PaymentIntent's Customer, if present, after the PaymentIntent is confirmed"."""
        if self.customer and self.setup_future_usage:
            PaymentMethod._api_retrieve(self.payment_method).customer = self.customer
        events.happened("charge.succeeded", self._latest())
        events.happened("payment_intent.succeeded", self)

    def _fail(self, kind: str, code: str, message: str, decline_code: str = "") -> None:
        shown = PaymentMethod._api_retrieve(self.payment_method)._export()
        self._error = {"type": kind, "code": code, "message": message, "payment_method": shown}
        if decline_code:
            self._error |= {"decline_code": decline_code, "charge": self.latest_charge}
            advice = {"advice_code": ADVICE.get(decline_code), "network_advice_code": None, **bank}
            self._error |= {name: code for name, code in advice.items() if code}
        self.payment_method = None
        events.happened("payment_intent.payment_failed", self)

    def _declined(self) -> Refusal:
        """402: "The parameters were valid but the request failed" (https://docs.stripe.com/api/errors)."""
        error = dict(self._error or {})
        return Refusal(402, error.pop("type"), error.pop("message"), **error, payment_intent=self._export())

    def _answer_bank(self, confirmed: bool, challenge: int | None = None) -> None:
        """The shopper has answered the bank: its latest question, or an earlier one. What they refuse fails as in
        https://docs.stripe.com/error-codes#payment-intent-authentication-failure."""
        if self.status != "requires_action" or challenge not in (None, self._challenges):
            raise self._unexpected("authenticate")
        self.next_action = None
        if confirmed:
            self._charge_now()
        else:
            code = "payment_intent_authentication_failure"
            self._fail("invalid_request_error", code, "The provided PaymentMethod has failed authentication.")

    @classmethod
    def _api_authenticate(cls, id: str, client_secret: Any = None, success: Any = False, **_more: Any) -> Any:
        intent = cls._api_retrieve(id)
        if client_secret != intent.client_secret:
            raise invalid("The client_secret provided does not match.", status=401)
        intent._answer_bank(resources.try_convert_to_bool(success))
        return intent

    @classmethod
    def _api_capture(cls, id: str, **more: Any) -> Any:
        """https://docs.stripe.com/api/payment_intents/capture: "when its status is requires_capture"."""
        if more:
            raise invalid("Received unknown parameter: " + ", ".join(more), "parameter_unknown")
        intent = cls._api_retrieve(id)
        if intent.status != "requires_capture":
            raise intent._unexpected("capture")
        intent._latest().captured = True
        events.happened("charge.captured", intent._latest())
        events.happened("payment_intent.succeeded", intent)
        return intent

    @classmethod
    def _api_cancel(cls, id: str, cancellation_reason: Any = None, **_more: Any) -> Any:
        intent = cls._api_retrieve(id)
        if intent.status not in CANCELABLE:
            raise intent._unexpected("cancel")
        if intent.status == "requires_capture":
            intent._latest()._release()
        intent._canceled, intent.next_action = True, None
        intent.canceled_at, intent.cancellation_reason = int(time.time()), cancellation_reason
        events.happened("payment_intent.canceled", intent)
        return intent

    def _unexpected(self, what: str) -> Refusal:
        """https://docs.stripe.com/error-codes#payment-intent-unexpected-state: "The PaymentIntent's state was
        incompatible with the operation you were trying to perform.\""""
        message = f"You cannot {what} this PaymentIntent because it has a status of {self.status}."
        return invalid(message, "payment_intent_unexpected_state", payment_intent=self._export())

    def _update(self, **data: Any) -> None:
        """https://docs.stripe.com/api/payment_intents/update: "updating the payment_method always requires you to
        confirm the PaymentIntent again"; last_payment_error "will be cleared if the PaymentIntent is later updated for
        any reason" (https://docs.stripe.com/api/payment_intents/object)."""
        if set(data) - {"metadata", "description"} and self.status not in OPEN:
            raise self._unexpected("update")
        if data.get("customer"):
            Customer._api_retrieve(data["customer"])
        if data.get("customer") not in (None, self.customer) and self.customer is not None:
            raise invalid("The customer of a PaymentIntent cannot be changed.", param="customer")
        if "payment_method" in data:
            data["payment_method"] = data["payment_method"] or None
            self.next_action = None
        super()._update(**data)
        self._error = None

    def _export(self, expand: Any = None) -> Any:
        body = super()._export(expand=[each for each in expand or [] if each != "payment_method"])
        if self.payment_method and "payment_method" in (expand or []):
            body["payment_method"] = PaymentMethod._api_retrieve(self.payment_method)._export()
        return body

    @classmethod
    def _api_list_all(
        cls, url: str, customer: Any = None, limit: Any = None, starting_after: Any = None, **_more: Any
    ) -> Any:
        return listed(cls, url, limit, starting_after, lambda each: customer in (None, each.customer))


# What the bank says of a card from now on, past what its number stands for: `decline_code`, `advice_code`,
# `network_advice_code`.
bank: dict[str, str] = {}
# Where the bank's page is: known once the server listens.
OWN = {"url": ""}
