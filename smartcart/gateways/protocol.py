"""What every gateway can be asked. The rest of the shop knows gateways by this file alone.

No method raises for what a network does: an answer that did not come is the outcome `unknown`, with its interruption.
`unreachable` is answered by `charge` alone, and only when the request provably never arrived.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from smartcart.rules.outcomes import Outcome


class GatewayError(Exception):
    """A reference could not be opened, or books could not be read; nothing was charged by it."""


@dataclass(frozen=True)
class Method:
    """A way to pay that the payment page offers."""

    token: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Handle:
    """A session at the gateway. `reference` is None as long as we hold none; `amount` in minor units."""

    session: str
    reference: str | None
    amount: int
    currency: str


@dataclass(frozen=True)
class ChargeRequest:
    """One attempt to charge a reference; `timeout` in seconds, `return_url` where the bank sends the shopper back."""

    session: str
    reference: str
    attempt: int
    method: str
    amount: int
    currency: str
    timeout: float
    return_url: str


@dataclass(frozen=True)
class Charge:
    """A line of the gateway's books; `amount` and `refunded` in minor units, `charged_at` in UTC."""

    reference: str
    session: str
    attempt: int
    amount: int
    currency: str
    status: str
    charged_at: datetime
    refunded: int


class Gateway(Protocol):
    """A payment gateway with single-charge references. Every method may be called again with the same effect."""

    name: str
    is_test: bool

    def methods(self) -> tuple[Method, ...]:
        """The ways to pay, in the order in which they are offered."""

    def open(self, handle: Handle) -> str:
        """The session's reference, opened at the first call. Raises GatewayError when that could not be done."""

    def charge(self, request: ChargeRequest) -> Outcome:
        """Charge the reference. A reference that is charged already answers approved and takes nothing more."""

    def look_up(self, handle: Handle, attempt: int) -> Outcome:
        """What became of an attempt; changes nothing. Charged by whichever attempt is approved."""

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        """Take back what an attempt left open with the bank: then not charged for certain, or the true outcome."""

    def close(self, handle: Handle) -> Outcome:
        """Make sure that the reference can never be charged again: not charged, or approved when it was already."""

    def refund(self, handle: Handle) -> bool:
        """Give everything back. True once it is given back; False when it is not known or not done."""

    def charges(self) -> Iterator[Charge]:
        """The gateway's books, oldest first. Raises GatewayError when they cannot be read."""
