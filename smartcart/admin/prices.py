"""Prices as people write them, and the whole minor units that the shop keeps."""

import re
from decimal import Decimal

from wtforms.validators import ValidationError

from smartcart.rules.money import digits, largest


def to_minor(typed: str, currency: str) -> int:
    """The minor units of a price written with digits and a dot: 42.00 EUR is 4200. Raises ValidationError.

    A comma is refused, not guessed at: 1,000 is one dinar to some and a thousand to others.
    """
    places = digits(currency)
    decimals = rf"(\.\d{{1,{places}}})?" if places else ""
    if not re.fullmatch(rf"\d{{1,12}}{decimals}", typed, re.ASCII):
        raise ValidationError(f"Write the price with digits and a dot, without signs, like {to_text(4200, currency)}.")
    minor = int(Decimal(typed).scaleb(places))
    most = largest(currency)
    if not 1 <= minor <= most:
        raise ValidationError(f"The price must be from {to_text(1, currency)} to {to_text(most, currency)}.")
    return minor


def to_text(minor: int, currency: str) -> str:
    """Minor units as they are written into a field: 4200 EUR is 42.00."""
    return str(Decimal(minor).scaleb(-digits(currency)))
