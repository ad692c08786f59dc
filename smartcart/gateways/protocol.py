"""What every gateway can be asked. The rest of the shop knows gateways by this file and `books`.

No method raises for what a network does: an answer that did not come is the outcome `unknown`, with its interruption.
`unreachable` is answered by `charge` alone, and only when the request provably never arrived or was turned away undone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from smartcart.gateways.books import Balance, Charge, FraudWarning, RefundAnswer
from smartcart.rules.outcomes import UNREACHABLE, Outcome
from smartcart.rules.precautions import NO_PRECAUTION, Precaution


class GatewayError(Exception):
    """A reference could not be opened, or books could not be read; nothing was charged by it.

    `outcome` is what an attempt comes to that ends here: always one that proves that it took no money.
    """

    def __init__(self, message: str = "", outcome: Outcome = UNREACHABLE) -> None:
        super().__init__(message)
        self.outcome = outcome


class SumProblem(StrEnum):
    """Why a gateway takes no charge of a sum, whoever pays it, in the words that outcomes have for it too."""

    TOO_SMALL = "amount_too_small"
    TOO_LARGE = "amount_too_large"
    NOT_PAYABLE = "amount_not_payable"
    CURRENCY = "currency_not_taken"


@dataclass(frozen=True)
class SumRefusal:
    """`limit` is the least or the most that it takes, in minor units; 0 where there is no such limit."""

    problem: SumProblem
    limit: int = 0


class CustomerGone(GatewayError):
    """The gateway knows no such customer any more, and so keeps no card for them."""


# The words of an outcome for a kept card that is gone at the gateway, alone or with its customer.
CARD_GONE, CUSTOMER_GONE = "card_gone", "customer_gone"


@dataclass(frozen=True)
class Method:
    """A way to pay that the payment page offers."""

    token: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Handle:
    """A session at the gateway. `reference` is None as long as we hold none; `amount` in minor units.

    `customer` is whose kept card it is paid with, as the gateway knows them; empty for any other way to pay. `order` is
    what the order is called here: the gateway writes it on its record of the charge, so that money without an order
    finds it. It is needed where there is no reference yet.
    """

    session: str
    reference: str | None
    amount: int
    currency: str
    customer: str = ""
    order: str = ""


@dataclass(frozen=True)
class ChargeRequest:
    """One attempt to charge a reference; `timeout` in seconds, `return_url` where the bank sends the shopper back.

    `customer` is whose kept card is charged, empty for any other way to pay; `keep` is the shopper's consent that the
    gateway keeps the card, and `precaution` what is done for safety besides.
    """

    session: str
    reference: str
    attempt: int
    method: str
    amount: int
    currency: str
    timeout: float
    return_url: str
    customer: str = ""
    keep: bool = False
    precaution: Precaution = NO_PRECAUTION


@dataclass(frozen=True)
class BrowserPart:
    """What the payment page loads of the gateway's own: a script's address, a key that may be seen, and the hosts that
    this needs, by the directive of a Content-Security-Policy. `amount` makes of our minor units what the script is
    told; it raises ValueError for what cannot be charged."""

    script: str
    publishable_key: str
    hosts: dict[str, tuple[str, ...]]
    amount: Callable[[int, str], int]


@dataclass(frozen=True)
class SavedCard:
    """A card that the gateway keeps, as it may be shown: `brand` in the gateway's word, such as visa; good until the
    end of its month."""

    token: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int


class Gateway(Protocol):
    """A payment gateway with single-charge references. Every method may be called again with the same effect."""

    name: str
    is_test: bool

    @property
    def account(self) -> str:
        """Whose books these are: the gateway, the account there and its mode, in one word of our own that no other has;
        empty as long as it was not learned. What was begun with one account is unknown to every other."""

    def learn_account(self) -> None:
        """Ask whose books these are, unless that is known. Raises GatewayError."""

    @property
    def browser(self) -> BrowserPart | None:
        """What the payment page loads of the gateway's own, if anything."""

    def methods(self) -> tuple[Method, ...]:
        """The ways to pay that are offered by name, in this order; others are made in the gateway's own fields."""

    def accepts(self, method: str) -> bool:
        """Whether this can be a way to pay, as far as it can be told without asking."""

    def refuses(self, amount: int, currency: str) -> SumRefusal | None:
        """What keeps it from ever charging such a sum (minor units), as far as it can be told without asking."""

    def open(self, handle: Handle, timeout: float) -> str:
        """The session's reference, opened at the first call; within `timeout` seconds. Raises GatewayError."""

    def charge(self, request: ChargeRequest) -> Outcome:
        """Charge the reference. A reference that is charged already answers approved and takes nothing more.

        Where the sum is to be set aside it answers authorized, with when that lapses, and nothing is taken.
        """

    def capture(self, handle: Handle) -> Outcome:
        """Take what is set aside of a reference, once at most: approved, also when it was taken before; not charged
        when it was released, or has lapsed. Authorized when it still is set aside, and pending when it never was."""

    def ask(self, handle: Handle, attempt: int) -> Outcome:
        """What became of an attempt; changes nothing. Charged by whichever attempt is approved.

        Pending as long as it leaves no trace: its request may still be on its way.
        """

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        """Make sure that nothing more comes of an attempt: what the bank was asked is taken back, and a request that
        is still on its way will be refused. Then not charged for certain, or the true outcome; pending while the
        gateway works on it."""

    def close(self, handle: Handle) -> Outcome:
        """Make sure that the reference can never be charged again: not charged, or approved when it was already.

        What is set aside is released by it.
        """

    def refund(self, handle: Handle, amount: int, key: str) -> RefundAnswer:
        """Give so much of a charge back, in minor units. `key` makes it happen once, however often it is asked for."""

    def balance(self, handle: Handle) -> Balance:
        """What was charged and given back by now; nothing of what was never opened. Raises GatewayError."""

    def reference_behind(self, kind: str, subject: str) -> str:
        """The reference of what an event of this kind is about, where it told no more than the subject's name.

        Empty when there is none. Raises GatewayError.
        """

    def charges(self, since: datetime | None = None) -> Iterator[Charge]:
        """The gateway's books: the charges made, given back or disputed `since` then, or all.

        Sorted by session, in the order of its bytes, and of one session the oldest first: so they can be held against
        the shop's a piece at a time, however many they are. Raises GatewayError when they cannot be read.
        """

    def fraud_warnings(self, since: datetime) -> Iterator[FraudWarning]:
        """What issuers have warned of since then, as far as it may be read. Raises GatewayError."""

    def fraud_warnings_of(self, handle: Handle) -> tuple[FraudWarning, ...]:
        """What issuers have warned of about this session's charge. Raises GatewayError."""

    def customer(self, shopper: str, instead_of: str = "") -> str:
        """The gateway's name for a shopper, who is named to it at the first call. Raises GatewayError.

        `instead_of` is the customer that they were, where that one is gone.
        """

    def save_card(self, handle: Handle, customer: str) -> None:
        """Keep the card that a session was paid with, if its shopper allowed it then and it is still there. Raises
        GatewayError, and CustomerGone."""

    def saved_cards(self, customer: str) -> tuple[SavedCard, ...]:
        """The cards kept for a customer, the first kept first; each card once. Raises GatewayError, and
        CustomerGone."""

    def forget(self, customer: str, token: str) -> bool:
        """Keep a card no longer. False when the customer has no such card, or is gone. Raises GatewayError."""

    def end(self) -> None:
        """This process is to end: nothing is left open any more between two calls, of which some may still come."""
