"""What a session is opened with, what it is paid with, and when it is looked at again."""

from dataclasses import dataclass, field

from smartcart.rules.money import Amount
from smartcart.rules.precautions import NO_PRECAUTION, Precaution


@dataclass(frozen=True)
class Terms:
    """What a new session is opened with; `lifetime` in seconds."""

    owner: str
    order_reference: str
    amount: Amount
    gateway: str
    max_attempts: int
    lifetime: float
    base_url: str
    merchant: str = ""
    order_id: int | None = None
    description: str = ""
    return_url: str = ""
    merchant_data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Payer:
    """Who pays, as far as their browser tells: whose kept cards may be used, if anybody's, and the address that they
    are counted by, empty where it is not theirs."""

    shopper: str = ""
    address: str = ""


NOBODY_KNOWN = Payer()


@dataclass(frozen=True)
class Instrument:
    """What an attempt is paid with: the gateway's token of a `method`.

    `customer` is whose saved card it is, if it is one, `keep` whether the gateway may save the card, and `return_url`
    where the bank sends the shopper back, if not to the payment page. `address` is where it is paid from, as in
    `Payer`, and `precaution` what is done with this attempt besides charging.
    """

    method: str
    customer: str = ""
    keep: bool = False
    return_url: str = ""
    address: str = ""
    precaution: Precaution = NO_PRECAUTION


@dataclass(frozen=True)
class Plan:
    """When to come back: the settings' `retry_delay` and `interval` in seconds, and a random `jitter` from 0 to 1."""

    retry_delay: float
    interval: float
    jitter: float
