"""The gateway of an owner's drill: the sandbox, or Stripe in test mode where the shop has keys for that."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from smartcart.config import Settings
from smartcart.drill.judgement import Charged
from smartcart.drill.relay import Fault, Relay
from smartcart.gateways.books import Charge

# Stripe tells moments in whole seconds, by its own clock, which may differ from ours by another one.
ROUNDED, DIFFERS = 1.0, 1.0
# A question of the drill's own may take so long, in seconds.
PATIENCE = 30.0
# What happens to a charge by the sandbox's method of that name, where Stripe is the gateway. What is out of reach is so
# for all at once: see `outage`.
FAULTS = {
    "sandbox_slow": Fault.SLOW,
    "sandbox_timeout": Fault.SILENT_BEFORE,
    "sandbox_timeout_charged": Fault.SILENT_AFTER,
    "sandbox_lost_reply": Fault.LOST_REPLY,
}


class LiveKey(Exception):
    """A key with which real money would move."""


@dataclass(frozen=True)
class Keys:
    """Of a Stripe account, in test mode, and where its API is."""

    secret_key: str
    publishable_key: str
    api_base: str

    def __post_init__(self) -> None:
        if "_test_" not in self.secret_key or "_test_" not in self.publishable_key:
            raise LiveKey("A drill takes no live key: real money would move.")


class DrilledGateway(Protocol):
    """What a drill has to know of the gateway that its shop works with."""

    settings: Mapping[str, object]

    def method(self, name: str) -> str:
        """The token of a way to pay that does what the sandbox's of that name does; another one each time."""

    def refuses(self, price: int, currency: str) -> bool:
        """Whether it takes no such sum, in minor units."""

    @contextmanager
    def outage(self) -> Iterator[None]:
        """In here it is out of reach for everybody, where it is not so by method."""

    def charges(self) -> Sequence[Charged] | None:
        """What its books have of the drilled shop; None where they are a file of the shop's."""


class OfSandbox:
    """Its faults are methods, and its books a file."""

    settings: Mapping[str, object] = {}

    def method(self, name: str) -> str:
        return name

    def refuses(self, price: int, currency: str) -> bool:
        return False

    @contextmanager
    def outage(self) -> Iterator[None]:
        yield

    def charges(self) -> None:
        return None


class OfStripe:
    """Every payment has a token of its own, made by Stripe for tests, and a relay does to it what is to be done."""

    def __init__(self, keys: Keys) -> None:
        from smartcart.gateways.stripe.client import Access  # Stripe's library needs memory
        from smartcart.gateways.stripe.gateway import Stripe

        self._began_at = datetime.now(UTC)
        self._faults: dict[str, Fault] = {}
        self._relay = Relay(keys.api_base, lambda token: self._faults.get(token, Fault.NONE))
        own_key = secrets.token_urlsafe(24)
        shop = Settings(secret_key=own_key).stripe_shop
        self._access = Access(keys.secret_key, keys.api_base, shop, PATIENCE)
        self._stripe = Stripe(keys.secret_key, keys.publishable_key, keys.api_base, shop, PATIENCE)
        self.settings: Mapping[str, object] = {
            "GATEWAY": "stripe",
            "SECRET_KEY": own_key,
            "STRIPE_SECRET_KEY": keys.secret_key,
            "STRIPE_PUBLISHABLE_KEY": keys.publishable_key,
            "STRIPE_API_BASE": self._relay.url,
        }

    def method(self, name: str) -> str:
        """By https://docs.stripe.com/api/confirmation_tokens/test_create, with https://docs.stripe.com/testing's card.

        Raises gateways.protocol.GatewayError.
        """
        with self._access.asked() as api:
            token = str(api.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"}).id)
        self._faults[token] = FAULTS.get(name, Fault.NONE)
        return token

    def refuses(self, price: int, currency: str) -> bool:
        return self._stripe.refuses(price, currency) is not None

    @contextmanager
    def outage(self) -> Iterator[None]:
        self._relay.shut()
        try:
            yield
        finally:
            self._relay.open()

    def charges(self) -> Sequence[Charged]:
        since = self._began_at - timedelta(seconds=ROUNDED + DIFFERS)
        return [_charged(charge) for charge in self._stripe.charges(since) if charge.session and charge.is_taken]


def _charged(charge: Charge) -> Charged:
    return Charged(
        charge.session,
        charge.charged_at.timestamp() - DIFFERS,
        standing=charge.refunded < charge.amount,
        was_refunded=charge.refunded >= charge.amount,
        within=ROUNDED + 2 * DIFFERS,
    )
