"""Ways to pay: test cards as https://docs.stripe.com/testing has them, and the tokens that a browser makes of them."""

import time
from typing import Any

from localstripe import resources

from tests.support.stripe_server.mending import invalid, listed, mended

# https://docs.stripe.com/testing#declined-payments: number, error code, decline code.
DECLINES = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    # "Attaching this card to a Customer object succeeds, but attempts to charge the customer fail."
    "4000000000000341": ("card_declined", "generic_decline"),
    # 3-D Secure, and then: "the payment is declined with an insufficient_funds failure code".
    "4000008260003178": ("card_declined", "insufficient_funds"),
}
# The `advice_code` of each decline, as Stripe answers in test mode; https://docs.stripe.com/declines/card.
ADVICE = {
    **dict.fromkeys(("generic_decline", "insufficient_funds", "processing_error"), "try_again_later"),
    **dict.fromkeys(("lost_card", "stolen_card"), "do_not_try_again"),
    **dict.fromkeys(("expired_card", "incorrect_cvc"), "confirm_card_data"),
}
BRANDS = {"4": "visa", "5": "mastercard", "3": "amex"}


@mended
class Customer(resources.Customer):  # type: ignore[misc]
    @classmethod
    def _api_retrieve(cls, id: str) -> Any:
        # https://docs.stripe.com/error-codes#resource-missing; localstripe tells neither code nor parameter.
        if f"customer:{id}" not in resources.store:
            raise invalid(f"No such customer: '{id}'", "resource_missing", 404, param="customer")
        return super()._api_retrieve(id)

    @classmethod
    def _api_delete(cls, id: str) -> Any:
        """https://docs.stripe.com/api/customers/delete: "Permanently deletes a customer"; their cards are detached."""
        for method in PaymentMethod._api_list_all("", customer=id)._list:
            PaymentMethod._api_detach(method.id)
        return super()._api_delete(id)


@mended
class PaymentMethod(resources.PaymentMethod):  # type: ignore[misc]
    def __init__(self, type: Any = None, allow_redisplay: Any = None, ideal: Any = None, **given: Any) -> None:
        # https://docs.stripe.com/payments/ideal: a redirect payment method; localstripe knows cards and SEPA alone.
        super().__init__(type="sepa_debit" if type == "ideal" else type, **_disguised(type, given))
        self.type = type
        # https://docs.stripe.com/api/payment_methods/object: "The field defaults to unspecified".
        self.allow_redisplay = allow_redisplay or "unspecified"
        if type == "ideal":
            self.ideal = {"bank": None}
        elif type == "card":
            self.card["brand"] = BRANDS.get(self._card_number[0], "visa")

    @classmethod
    def _api_retrieve(cls, id: str) -> Any:
        if f"payment_method:{id}" not in resources.store and not id.startswith("pm_card_"):
            raise invalid(f"No such PaymentMethod: '{id}'", "resource_missing", 404, param="payment_method")
        return super()._api_retrieve(id)

    # Whether it was used for a payment, and whether it may be attached after it: if that set it up to be used again
    # (`setup_future_usage`), or had a Customer.
    _is_used = False
    _is_set_up = False

    def _begin_use(self, sets_up: bool) -> None:
        """https://docs.stripe.com/payments/payment-methods: "To use a PaymentMethod multiple times, you must attach it
        to a Customer first"."""
        if self._is_used and self.customer is None:
            raise invalid("The provided PaymentMethod may not be used again.", "payment_method_unexpected_state")
        self._is_used, self._is_set_up = True, sets_up

    @classmethod
    def _api_attach(cls, id: str, customer: Any = None, **more: Any) -> Any:
        """https://docs.stripe.com/api/payment_intents/confirm: with `setup_future_usage` and without a Customer "you
        can still attach the payment method to a Customer after the transaction completes"; without it, never."""
        method = cls._api_retrieve(id)
        if method.customer is not None:
            raise invalid("The payment method you provided has already been attached to a customer.")
        if method._is_used and not method._is_set_up:
            raise invalid("The provided PaymentMethod may not be used again.", "payment_method_unexpected_state")
        return super()._api_attach(id, customer=customer, **more)

    @classmethod
    def _api_detach(cls, id: str, **more: Any) -> Any:
        """https://docs.stripe.com/api/payment_methods/detach: "permanent and irreversible — once detached, a
        PaymentMethod can no longer be used for payments or re-attached to a Customer"."""
        method = cls._api_retrieve(id)
        if method.customer is None:
            raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
        method._is_used, method._is_set_up = True, False
        return super()._api_detach(id, **more)

    def _decline(self) -> tuple[str, str] | None:
        """The error code and decline code of a charge, if the bank says no."""
        return DECLINES.get(self._card_number) if self.type == "card" else None

    def _charging_is_declined(self) -> bool:
        # localstripe declines most of these only when they are attached to a customer.
        return self._decline() is not None or super()._charging_is_declined()

    def _attaching_is_declined(self) -> bool:
        return super()._attaching_is_declined() and self.customer is None

    @classmethod
    def _try_get_canonical_test_article(cls, id: str) -> Any:
        # localstripe makes these of the class that this one replaces: by its own name, so of this one.
        return super()._try_get_canonical_test_article(id)

    @classmethod
    def _api_list_all(
        cls,
        url: str,
        customer: Any = None,
        type: Any = None,
        limit: Any = None,
        starting_after: Any = None,
        **more: Any,
    ) -> Any:
        # https://docs.stripe.com/api/payment_methods/list: `type` is an optional filter; localstripe demands it.
        resources.Customer._api_retrieve(customer)
        return listed(
            cls, url, limit, starting_after, lambda each: each.customer == customer and type in (None, each.type)
        )


def _disguised(type: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "sepa_debit": {"iban": "NL91ABNA0417164300"}} if type == "ideal" else given


def methods_of_customer(id: Any = None, **filters: Any) -> Any:
    """https://docs.stripe.com/api/payment_methods/customer_list: "Returns a list of PaymentMethods for a given
    Customer"; localstripe lacks it."""
    return PaymentMethod._api_list_all(f"/v1/customers/{id}/payment_methods", customer=id, **filters)


class ConfirmationToken(resources.StripeObject):  # type: ignore[misc]
    """https://docs.stripe.com/api/confirmation_tokens: "help transport client side data collected by Stripe JS over to
    your server for confirming a PaymentIntent"; localstripe lacks them."""

    object = "confirmation_token"
    _id_prefix = "ctoken_"

    def __init__(
        self, payment_method_data: Any = None, return_url: Any = None, setup_future_usage: Any = None, **_more: Any
    ) -> None:
        data = {name: value for name, value in (payment_method_data or {}).items() if name in ("type", "card", "ideal")}
        method = PaymentMethod(**data)
        super().__init__()
        self._method = method
        self.payment_intent: str | None = None
        self.return_url = return_url
        self.setup_future_usage = setup_future_usage
        # "Time at which this ConfirmationToken expires": 12 hours.
        self.expires_at = int(time.time()) + 12 * 3600
        shown = {name: value for name, value in vars(method).items() if name in ("type", "card", "ideal")}
        self.payment_method_preview = {**shown, "billing_details": method.billing_details}

    @classmethod
    def _api_create_for_tests(cls, payment_method: Any = None, **_more: Any) -> Any:
        """https://docs.stripe.com/api/confirmation_tokens/test_create, by a secret key."""
        if payment_method != "pm_card_visa":
            raise invalid(f"No such PaymentMethod: '{payment_method}'", "resource_missing")
        card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        return cls(payment_method_data={"type": "card", "card": card})

    def _use(self, intent: str) -> Any:
        """The way to pay. https://docs.stripe.com/js/confirmation_tokens: a token is used for one confirmation."""
        if self.payment_intent is not None or self.expires_at <= time.time():
            raise invalid(f"The ConfirmationToken {self.id} has already been used or has expired.", "resource_missing")
        self.payment_intent = intent
        return self._method


resources.extra_apis += [
    ("GET", "/v1/customers/{id}/payment_methods", methods_of_customer),
    ("POST", "/v1/confirmation_tokens", ConfirmationToken._api_create),
    ("POST", "/v1/test_helpers/confirmation_tokens", ConfirmationToken._api_create_for_tests),
    ("GET", "/v1/confirmation_tokens/{id}", ConfirmationToken._api_retrieve),
]
