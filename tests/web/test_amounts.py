"""Amounts of money, as people read them."""

import pytest
from babel.numbers import format_currency, get_currency_precision, list_currencies

from smartcart.amounts import format_money


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (4200, "EUR", "€42.00"),
        (4200, "JPY", "¥4,200"),
        (5, "USD", "$0.05"),
        (4200, "CHF", "CHF42.00"),
    ],
)
def test_an_amount_has_its_currencys_sign_and_digits(minor: int, currency: str, expected: str) -> None:
    assert format_money(minor, currency) == expected


def test_every_currency_is_written_as_babel_writes_it() -> None:
    for currency in list_currencies():
        for minor in (0, 1, 99, 100, 2345, 100_050, 1_234_567, 99_999_999):
            amount = minor / 10 ** get_currency_precision(currency)
            assert format_money(minor, currency) == format_currency(amount, currency, locale="en")
