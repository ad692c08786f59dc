"""Prices as people write them, and the whole minor units that the shop keeps."""

import re
from decimal import Decimal

from babel.numbers import get_currency_precision
from wtforms.validators import ValidationError

from smartcart.rules.money import LARGEST_AMOUNT


def to_minor(typed: str, currency: str) -> int:
    """The minor units of a price written with digits and a dot: 42.00 EUR is 4200. Raises ValidationError.

    A comma is refused, not guessed at: 1,000 is one dinar to some and a thousand to others.
    """
    places = get_currency_precision(currency)
    decimals = rf"(\.\d{{1,{places}}})?" if places else ""
    if not re.fullmatch(rf"\d{{1,9}}{decimals}", typed, re.ASCII):
        raise ValidationError(f"Write the price with digits and a dot, without signs, like {to_text(4200, currency)}.")
    minor = int(Decimal(typed).scaleb(places))
    if not 1 <= minor <= LARGEST_AMOUNT:
        raise ValidationError(f"The price must be from {to_text(1, currency)} to {to_text(LARGEST_AMOUNT, currency)}.")
    return minor


def to_text(minor: int, currency: str) -> str:
    """Minor units as they are written into a field: 4200 EUR is 42.00."""
    return str(Decimal(minor).scaleb(-get_currency_precision(currency)))
