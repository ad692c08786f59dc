"""Cards that Stripe keeps: a customer for each shopper who lets one be kept, with their cards attached to it.

A card is set up for later when it is charged (`setup_future_usage`) and attached afterwards, so that the payment itself
needs no customer: https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-setup_future_usage.
"""

from contextlib import suppress
from hashlib import sha256
from typing import Any

import stripe

from smartcart.gateways.protocol import CustomerGone, SavedCard
from smartcart.gateways.stripe.client import Access, once
from smartcart.gateways.stripe.outcomes import SHOP, code_of

# As many as Stripe gives at once.
PAGE = 100


def customer_of(access: Access, shopper: str, instead_of: str) -> str:
    """The shopper's customer. Who they are is not told: the key is a hash of what only the shop knows.

    Stripe remembers the key for a day at least; after that the shop itself must. So a customer that takes the place of
    one that is gone has a key of its own.
    """
    key = sha256(f"customer {shopper}{instead_of and f' instead of {instead_of}'}".encode()).hexdigest()
    with access.asked() as api:
        return str(api.customers.create({"metadata": {SHOP: access.shop}}, once(key)).id)


def save_card(access: Access, reference: str, customer: str) -> None:
    """Attach the card that an intent was paid with, unless it was not set up for it."""
    with access.asked() as api:
        intent = api.payment_intents.retrieve(reference, {"expand": ["payment_method"]})
        method = intent.payment_method
        if intent.status == "succeeded" and intent.setup_future_usage and method and method.type == "card":
            _attach(api, method.id, customer)


def saved_cards(access: Access, customer: str) -> tuple[SavedCard, ...]:
    """A customer's cards, the first kept first. One that was attached twice is one card."""
    cards: dict[Any, SavedCard] = {}
    with access.asked() as api:
        for method in reversed(_cards(api, customer)):  # Stripe lists the latest first
            card = method.card
            shown = SavedCard(method.id, card.brand, card.last4, card.exp_month, card.exp_year)
            cards.setdefault(_identity(method), shown)
    return tuple(cards.values())


def forget(access: Access, customer: str, token: str) -> bool:
    """Detach a card, however often it was attached. False when the customer has no such card, or is gone."""
    with access.asked() as api:
        try:
            cards = _cards(api, customer)
        except CustomerGone:
            return False
        wanted = {_identity(method) for method in cards if method.id == token}
        same = [method.id for method in cards if _identity(method) in wanted]
        for method in same:
            with suppress(stripe.InvalidRequestError):  # somebody else has detached it meanwhile
                api.payment_methods.detach(method)
    return bool(same)


def _attach(api: Any, method: str, customer: str) -> None:
    try:
        api.payment_methods.attach(method, {"customer": customer})
    except stripe.CardError:
        return  # the bank does not want it to be kept
    except stripe.InvalidRequestError as error:
        _refuse_gone_customer(error, "customer")
        if code_of(error) == "lock_timeout":
            raise
        # It is attached already, is gone, or was detached for good: "once detached, a PaymentMethod can no longer be
        # used for payments or re-attached to a Customer".


def _cards(api: Any, customer: str) -> list[Any]:
    """All that are attached, the latest first. Raises CustomerGone."""
    try:
        return list(api.customers.payment_methods.list(customer, {"type": "card", "limit": PAGE}).auto_paging_iter())
    except stripe.InvalidRequestError as error:
        _refuse_gone_customer(error, "customer", "id")
        raise


def _refuse_gone_customer(error: stripe.InvalidRequestError, *params: str) -> None:
    """Raises CustomerGone where that is what is missing, by the name that the parameter has there:
    https://docs.stripe.com/error-codes#resource-missing."""
    if code_of(error) == "resource_missing" and error.param in params:
        raise CustomerGone(str(error)) from error


def _identity(method: Any) -> tuple[object, ...]:
    """What makes two attachments one card: its number, as Stripe's fingerprint tells it, and its expiry."""
    return method.card.fingerprint or method.id, method.card.exp_month, method.card.exp_year
