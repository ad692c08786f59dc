"""Sums as people write them, and the whole minor units that the shop keeps."""

import re
from decimal import Decimal

from babel.numbers import get_currency_symbol
from wtforms.validators import ValidationError

from smartcart.rules.money import digits, largest

# Either no threes are set apart, or all are, by one of the signs that the CLDR has for it anywhere.
_WHOLE = r"(?P<whole>\d{1,12}|\d{1,3}(?P<group>[.,'’ \u00a0\u202f])\d{3}(?P<more>(?:(?P=group)\d{3})*))"


def to_minor(typed: str, currency: str, what: str = "price") -> int:
    """The minor units of a sum as it is typed in one country or another: 42.00, 42,00 and € 42 are 4200.

    `what` it is called in the ValidationError that is raised.
    """
    number = _number(_without_sign(typed, currency), digits(currency))
    if number is None:
        raise ValidationError(f"Write the {what} in digits, like {_examples(currency)}.")
    minor, most = int(number.scaleb(digits(currency))), largest(currency)
    if not 1 <= minor <= most:
        raise ValidationError(f"The {what} must be from {to_text(1, currency)} to {to_text(most, currency)}.")
    return minor


def to_text(minor: int, currency: str) -> str:
    """Minor units as they are written into a field: 4200 EUR is 42.00."""
    return str(Decimal(minor).scaleb(-digits(currency)))


def _number(typed: str, places: int) -> Decimal | None:
    """What is meant, with so many decimals at most; None where that is no sum or could be two."""
    decimals = rf"(?:(?P<mark>[.,])(?P<decimals>\d{{1,{places}}}))?" if places else "(?P<mark>)(?P<decimals>)"
    found = re.fullmatch(_WHOLE + decimals, typed, re.ASCII)
    if not found or _may_mean_two(found, places):
        return None
    return Decimal(f"{re.sub('[^0-9]', '', found['whole'])}.{found['decimals'] or 0}")


def _may_mean_two(found: re.Match[str], places: int) -> bool:
    """As 1,234 euros: one and a slip of the finger, or a thousand. A dot before decimals is what the fields show."""
    if found["mark"]:
        return found["mark"] == found["group"] or (found["mark"] == "," and len(found["decimals"]) == 3)
    return bool(places) and found["group"] in (".", ",") and not found["more"]


def _without_sign(typed: str, currency: str) -> str:
    for sign in (get_currency_symbol(currency, locale="en"), currency):
        typed = typed.removeprefix(sign).removesuffix(sign).strip()
    return typed


def _examples(currency: str) -> str:
    shown = to_text(4200, currency)
    return f"{shown} or {shown.replace('.', ',')}" if digits(currency) == 2 else shown
