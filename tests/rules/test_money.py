"""Amounts: positive, whole, in a currency."""

import pytest

from smartcart.rules.money import LARGEST_AMOUNT, Amount


@pytest.mark.parametrize("minor", [1, 4200, LARGEST_AMOUNT])
def test_an_amount_keeps_its_minor_units_and_its_currency(minor: int) -> None:
    assert (Amount(minor, "EUR").minor, Amount(minor, "EUR").currency) == (minor, "EUR")


@pytest.mark.parametrize("minor", [0, -1, LARGEST_AMOUNT + 1])
def test_an_amount_out_of_range_is_refused_with_the_range(minor: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 99999999 minor units"):
        Amount(minor, "EUR")


@pytest.mark.parametrize("currency", ["", "EU", "EURO", "eur", "Eur", "ÄÖÜ", "E R", "12E"])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="three-letter ISO 4217 code"):
        Amount(1, currency)
