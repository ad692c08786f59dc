"""Stripe, through its own library: one payment intent for each payment session, whatever becomes of its attempts.

An intent succeeds once at most, and once canceled never. What is left to prove is that an attempt charged nothing
although its answer was lost; `withdraw` tells how.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from math import inf
from secrets import token_hex
from typing import Any

import stripe

from smartcart.gateways.books import Balance, Charge, FraudWarning, RefundAnswer
from smartcart.gateways.protocol import (
    BrowserPart,
    ChargeRequest,
    GatewayError,
    Handle,
    Method,
    SavedCard,
    SumProblem,
    SumRefusal,
)
from smartcart.gateways.stripe import customers
from smartcart.gateways.stripe.amounts import NotPayable, at_stripe
from smartcart.gateways.stripe.charges import intent_behind, read_charges
from smartcart.gateways.stripe.client import Access, once
from smartcart.gateways.stripe.confirmation import confirmation
from smartcart.gateways.stripe.fraud_warnings import warnings_of, warnings_since
from smartcart.gateways.stripe.limits import refusal
from smartcart.gateways.stripe.outcomes import (
    ATTEMPT,
    GIVEN_UP,
    ORDER,
    SESSION,
    SHOP,
    NeverOpened,
    code_of,
    of_error,
    of_error_asking,
    of_error_before,
    of_gone,
    of_intent,
    refuse_opening,
)
from smartcart.gateways.stripe.refunds import balance_of, refund
from smartcart.gateways.stripe.transport import within
from smartcart.rules.outcomes import NOT_CHARGED, Outcome

# The name of the API's version that the library speaks: https://docs.stripe.com/sdks/stripejs-versioning.
SCRIPT = f"https://js.stripe.com/{stripe.api_version.split('.')[1]}/stripe.js"
# https://docs.stripe.com/security/guide#content-security-policy
HOSTS = {
    "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
    "frame-src": ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
    "connect-src": ("https://api.stripe.com",),
    "img-src": ("https://*.stripe.com",),
}
# As long as a method may be on record.
LONGEST_TOKEN = 80
# A restricted key may never be told, so it is not asked at every payment. In seconds.
ASK_AGAIN = 60.0
# With the charge comes until when a sum is set aside: `capture_before` (https://docs.stripe.com/api/charges/object).
WITH_CHARGE: Any = {"expand": ["latest_charge"]}
# No charge was made by an intent that stands here, unless one is being made now.
UNCHARGED = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


class Stripe:
    """The gateway protocol over an account at Stripe. `patience`: seconds for one question, with all that it takes."""

    name = "stripe"

    def __init__(self, secret_key: str, publishable_key: str, api_base: str, shop: str, patience: float) -> None:
        self.is_test = "_test_" in secret_key
        self.browser = BrowserPart(SCRIPT, publishable_key, HOSTS, at_stripe)
        self.account = ""
        self._asks_again_at = -inf
        self._access = Access(secret_key, api_base, shop, patience)
        self._intents = self._access.api.payment_intents

    def learn_account(self) -> None:
        """What is made in test mode is not there in live mode: https://docs.stripe.com/keys#test-live-modes."""
        if self.account or time.monotonic() < self._asks_again_at:
            return
        self._asks_again_at = time.monotonic() + ASK_AGAIN
        with self._access.asked() as api:
            account = api.accounts.retrieve_current().id
        self.account = f"{self.name} {account} {'test' if self.is_test else 'live'}"

    def methods(self) -> tuple[Method, ...]:
        return ()  # they are made in Stripe's own fields

    def accepts(self, method: str) -> bool:
        name = method.removeprefix("ctoken_")
        return name != method and name.isascii() and name.isalnum() and len(method) <= LONGEST_TOKEN

    def refuses(self, amount: int, currency: str) -> SumRefusal | None:
        return refusal(amount, currency)

    def open(self, handle: Handle, timeout: float) -> str:
        try:
            with self._access.asked(timeout):
                return self._opened(handle)
        except NeverOpened as refusal:
            raise GatewayError(str(refusal), refusal.outcome) from refusal

    def charge(self, request: ChargeRequest) -> Outcome:
        with within(request.timeout):
            try:
                self._mark(request)
            except stripe.StripeError as error:
                return of_gone(error, request.method) or of_error_before(error)
            return self._confirmed(request)

    def ask(self, handle: Handle, attempt: int) -> Outcome:
        return self._asking(lambda: self._as_it_is(self._reference(handle), handle, attempt))

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        return self._asking(lambda: self._withdrawn(self._reference(handle), handle, attempt))

    def close(self, handle: Handle) -> Outcome:
        return self._asking(lambda: self._closed(self._reference(handle), handle))

    def capture(self, handle: Handle) -> Outcome:
        return self._asking(lambda: self._captured(self._reference(handle), handle))

    def refund(self, handle: Handle, amount: int, key: str) -> RefundAnswer:
        try:
            with within(self._access.patience):
                reference = self._reference(handle)
                return refund(self._access.api, reference, at_stripe(amount, handle.currency), key)
        except (NotPayable, NeverOpened):
            return RefundAnswer.REFUSED
        except stripe.StripeError:
            return RefundAnswer.UNKNOWN

    def balance(self, handle: Handle) -> Balance:
        try:
            with self._access.asked() as api:
                return balance_of(api, self._reference(handle))
        except NeverOpened:
            return Balance(0, 0)

    def reference_behind(self, kind: str, subject: str) -> str:
        return intent_behind(self._access, kind, subject)

    def charges(self, since: datetime | None = None) -> Iterator[Charge]:
        return read_charges(self._access, since)

    def fraud_warnings(self, since: datetime) -> Iterator[FraudWarning]:
        return warnings_since(self._access, since)

    def fraud_warnings_of(self, handle: Handle) -> tuple[FraudWarning, ...]:
        return warnings_of(self._access, handle.reference) if handle.reference else ()

    def customer(self, shopper: str, instead_of: str = "") -> str:
        return customers.customer_of(self._access, shopper, instead_of)

    def save_card(self, handle: Handle, customer: str) -> None:
        customers.save_card(self._access, handle.reference or "", customer)

    def saved_cards(self, customer: str) -> tuple[SavedCard, ...]:
        return customers.saved_cards(self._access, customer)

    def forget(self, customer: str, token: str) -> bool:
        return customers.forget(self._access, customer, token)

    def end(self) -> None:
        """It leaves nothing behind."""

    def _asking(self, question: Callable[[], Outcome]) -> Outcome:
        """The answer to a question, in time; unknown when there was none."""
        try:
            with within(self._access.patience):
                return question()
        except NeverOpened as refusal:
            return refusal.outcome
        except stripe.StripeError as error:
            return of_error_asking(error)

    def _reference(self, handle: Handle) -> str:
        """The handle's reference; one that was lost on the way to us is found again by the key it was opened with."""
        return handle.reference or self._opened(handle)

    def _opened(self, handle: Handle) -> str:
        """The words are the same at every call, as the key is: whichever attempt opens, the first is written down.

        The order's name goes with the intent and the charge, and stands where people look in Stripe's own pages. Raises
        NeverOpened.
        """
        try:
            amount = at_stripe(handle.amount, handle.currency)
        except NotPayable as error:
            raise NeverOpened(SumProblem.NOT_PAYABLE) from error
        wanted: dict[str, Any] = {
            "amount": amount,
            "currency": handle.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "capture_method": "automatic",
            "metadata": {SESSION: handle.session, SHOP: self._access.shop, ATTEMPT: "1"},
        }
        named = {"description": f"Order {handle.order}", "metadata": {**wanted["metadata"], ORDER: handle.order}}
        key = once(f"{handle.session}-open")
        try:
            try:
                return str(self._intents.create({**wanted, **named} if handle.order else wanted, key).id)
            except stripe.IdempotencyError:  # it was opened before orders were named
                return str(self._intents.create(wanted, key).id)
        except stripe.InvalidRequestError as error:
            refuse_opening(error)
            raise

    def _mark(self, request: ChargeRequest) -> None:
        """Write down which attempt uses the intent from now on, and for whom. For the first one it is there already."""
        if request.attempt > 1 or request.customer:
            wanted: dict[str, Any] = {"metadata": {ATTEMPT: str(request.attempt)}}
            if request.customer:
                wanted["customer"] = request.customer
            self._intents.update(request.reference, wanted, once(f"{request.session}-{request.attempt}-mark"))

    def _confirmed(self, request: ChargeRequest) -> Outcome:
        key = _key_of_attempt(request.session, request.attempt)
        try:
            intent = self._intents.confirm(request.reference, confirmation(request), once(key))
        except stripe.StripeError as error:
            if code_of(error) != "payment_intent_unexpected_state":
                return of_gone(error, request.method) or of_error(error)
        else:
            return of_intent(intent.to_dict(), request.amount, request.currency, request.attempt)
        # It is charged, set aside, or canceled: what an earlier attempt came to, or somebody else did.
        handle = Handle(request.session, request.reference, request.amount, request.currency)
        return self._asking(lambda: self._as_it_is(request.reference, handle, request.attempt))

    def _as_it_is(self, reference: str, handle: Handle, attempt: int) -> Outcome:
        intent = self._intents.retrieve(reference, WITH_CHARGE)
        return of_intent(intent.to_dict(), handle.amount, handle.currency, attempt)

    def _withdrawn(self, reference: str, handle: Handle, attempt: int) -> Outcome:
        """Make sure that an attempt that left no trace never will.

        Its idempotency key is used up by another request. If that is taken, the charge has not begun and never will:
        "Keys for idempotent requests can only be used for the same endpoint they were first used for". If it is not,
        the charge has begun; it is over once the intent can be changed, as an object is locked while it is worked on
        (https://docs.stripe.com/rate-limits#object-lock-timeouts), and the change takes the bank's question back.
        """
        intent = self._intents.retrieve(reference, WITH_CHARGE)
        outcome = of_intent(intent.to_dict(), handle.amount, handle.currency, attempt)
        if intent.status not in UNCHARGED or outcome.charged_nothing:
            return outcome
        try:
            asked = {"metadata": {"smartcart_asked": str(attempt)}}
            self._intents.update(reference, asked, once(_key_of_attempt(handle.session, attempt)))
        except stripe.IdempotencyError:
            pass  # the charge has begun
        return self._taken_back(reference, handle, attempt)

    def _taken_back(self, reference: str, handle: Handle, attempt: int) -> Outcome:
        """The intent without a way to pay: "To unset this field to null, pass in an empty string." """
        fresh = once(f"{handle.session}-{attempt}-back-{token_hex(8)}")
        wanted = {"payment_method": "", "metadata": {GIVEN_UP: str(attempt)}}
        try:
            intent = self._intents.update(reference, wanted, fresh)
        except stripe.InvalidRequestError:
            return self._as_it_is(reference, handle, attempt)
        return of_intent(intent.to_dict(), handle.amount, handle.currency, attempt)

    def _closed(self, reference: str, handle: Handle) -> Outcome:
        """A fresh key each time: a refusal would be repeated with an old one, and to cancel again does no harm."""
        try:
            self._intents.cancel(reference, {}, once(f"{handle.session}-close-{token_hex(8)}"))
        except stripe.InvalidRequestError:
            return self._as_it_is(reference, handle, attempt=0)
        return NOT_CHARGED

    def _captured(self, reference: str, handle: Handle) -> Outcome:
        """A fresh key each time, as for closing: an intent is captured once, by whichever request."""
        with suppress(stripe.InvalidRequestError):  # it was captured before, has lapsed or was released: asking tells
            self._intents.capture(reference, {}, once(f"{handle.session}-capture-{token_hex(8)}"))
        return self._as_it_is(reference, handle, attempt=0)


def _key_of_attempt(session: str, attempt: int) -> str:
    return f"{session}-{attempt}"
