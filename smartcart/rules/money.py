"""Amounts of money: whole minor units (cents) and an ISO 4217 code. Never a float."""

import re
from dataclasses import dataclass

# Gateways take eight digits of minor units (Stripe: "amount ... up to eight digits"); so does the shop.
LARGEST_AMOUNT = 99_999_999


@dataclass(frozen=True)
class Amount:
    """A positive sum: `minor` in the currency's smallest unit."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not 1 <= self.minor <= LARGEST_AMOUNT:
            raise ValueError(f"an amount must be from 1 to {LARGEST_AMOUNT} minor units")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise ValueError("a currency must be a three-letter ISO 4217 code")
