"""Amounts as people read them."""

from functools import cache

from babel.numbers import format_currency

from smartcart.rules.money import digits


def format_money(minor: int, currency: str) -> str:
    """Minor units as people read them: 4200 EUR is €42.00, 4200 JPY is ¥4,200.

    Babel knows the signs; the digits are those that the minor units are counted in.
    """
    places = digits(currency)
    return f"{_sign(currency)}{minor / 10**places:,.{places}f}"


@cache
def _sign(currency: str) -> str:
    """What stands before an amount, with its space if it has one. Babel is asked once: it takes 40 times as long."""
    return format_currency(0, currency, locale="en").partition("0")[0]
