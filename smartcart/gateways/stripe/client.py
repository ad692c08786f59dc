"""One account at Stripe, and the one client that everything is asked through."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from smartcart.gateways.stripe.outcomes import gateway_error
from smartcart.gateways.stripe.transport import Wire, within


class Access:
    """`api` is Stripe's API as its library has it, `event_destinations` what only its second version tells, `shop`
    what tells this shop from others on the same account, `patience` the seconds for one question, with all it takes."""

    def __init__(self, secret_key: str, api_base: str, shop: str, patience: float) -> None:
        self.shop = shop
        self.patience = patience
        # Nothing is sent again unasked: whether that is right is known to the shop alone.
        client = stripe.StripeClient(
            secret_key, http_client=Wire(), base_addresses={"api": api_base}, max_network_retries=0
        )
        self.api: Any = client.v1
        self.event_destinations: Any = client.v2.core.event_destinations

    @contextmanager
    def asked(self, seconds: float | None = None) -> Iterator[Any]:
        """The API, for so many seconds; `patience` if none are given. Raises GatewayError for what Stripe answers."""
        try:
            with within(self.patience if seconds is None else seconds):
                yield self.api
        except stripe.StripeError as error:
            raise gateway_error(error) from error


def once(key: str) -> dict[str, str]:
    """What makes a request happen once, however often it is sent with this key."""
    return {"idempotency_key": key}
