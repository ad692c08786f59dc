"""Amounts of money, as people read them."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency

from smartcart.money.format import format_money
from smartcart.rules.money import DIGITS, LARGEST_AMOUNT


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (4200, "EUR", "€42.00"),
        (4200, "JPY", "¥4,200"),
        (5, "USD", "$0.05"),
        (420_000, "RSD", "RSD4,200.00"),
        (999_999_999_999, "IDR", "IDR9,999,999,999.99"),
        (4200, "CHF", "CHF42.00"),
    ],
)
def test_an_amount_has_its_currencys_sign_and_digits(minor: int, currency: str, expected: str) -> None:
    assert format_money(minor, currency) == expected


def test_every_currency_has_the_sign_of_babel_and_the_digits_that_are_counted() -> None:
    for currency, digits in DIGITS.items():
        pattern = "¤#,##0" + (f".{'0' * digits}" if digits else "")
        for minor in (0, 1, 99, 100, 2345, 100_050, 1_234_567, LARGEST_AMOUNT):
            amount = Decimal(minor).scaleb(-digits)
            written = format_currency(amount, currency, pattern, locale="en", currency_digits=False)
            assert format_money(minor, currency) == written
