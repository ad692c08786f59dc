"""Which gateway the shop works with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smartcart.gateways.protocol import Gateway
from smartcart.gateways.sandbox.gateway import Sandbox

# Seconds. A gateway answers a question in well under one; the jobs that ask must not wait for long.
LONGEST_QUESTION = 10.0


@dataclass(frozen=True)
class StripeAccount:
    """An account at Stripe: its keys, where its API is, what tells this shop from others that use it, and the seconds
    that a question may take."""

    secret_key: str
    publishable_key: str
    api_base: str
    shop: str
    patience: float


def chosen_gateway(name: str, sandbox_ledger: Path, sub_path: str, account: StripeAccount) -> Gateway:
    """The gateway of that name. Raises LookupError for one there is not.

    `sub_path` is where the shop lies, whose pages the sandbox's bank shares.
    """
    gateways: dict[str, Callable[[], Gateway]] = {
        "sandbox": lambda: Sandbox(sandbox_ledger, sub_path=sub_path),
        "stripe": lambda: _stripe(account),
    }
    return gateways[name]()


def _stripe(account: StripeAccount) -> Gateway:
    from smartcart.gateways.stripe.gateway import (
        Stripe,  # its library needs memory that a shop with the sandbox can do without
    )

    return Stripe(account.secret_key, account.publishable_key, account.api_base, account.shop, account.patience)
