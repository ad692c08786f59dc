"""Amounts: positive, whole, in a currency that ISO 4217 lists, and no larger than is paid at once in it."""

import pytest

from smartcart.rules.money import DIGITS, LARGEST_AMOUNT, Amount, digits, largest


@pytest.mark.parametrize("minor", [1, 4200, 99_999_999])
def test_an_amount_keeps_its_minor_units_and_its_currency(minor: int) -> None:
    assert (Amount(minor, "EUR").minor, Amount(minor, "EUR").currency) == (minor, "EUR")


@pytest.mark.parametrize("minor", [0, -1, 100_000_000])
def test_an_amount_out_of_range_is_refused_with_the_range(minor: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 99999999 minor units"):
        Amount(minor, "EUR")


@pytest.mark.parametrize(
    ("currency", "most"),
    [
        ("IDR", 999_999_999_999),
        ("LBP", 99_999_999_999),
        ("COP", 9_999_999_999),
        ("HUF", 9_999_999_999),
        ("JPY", 9_999_999_999),
        ("INR", 999_999_999),
        ("USD", 99_999_999),
    ],
)
def test_each_currency_has_a_limit_of_its_own(currency: str, most: int) -> None:
    assert Amount(most, currency).minor == largest(currency) == most
    with pytest.raises(ValueError, match=f"{currency} must be from 1 to {most} minor units"):
        Amount(most + 1, currency)


def test_no_limit_is_larger_than_the_database_holds() -> None:
    assert max(map(largest, DIGITS)) == LARGEST_AMOUNT


@pytest.mark.parametrize(
    ("currency", "count"),
    [("EUR", 2), ("RSD", 2), ("LAK", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("IQD", 3), ("CLF", 4)],
)
def test_the_digits_are_those_of_iso_4217(currency: str, count: int) -> None:
    assert digits(currency) == count


@pytest.mark.parametrize("currency", ["", "EU", "EURO", "eur", "Eur", "ÄÖÜ", "E R", "12E", "XXX", "DEM"])
def test_what_is_no_currency_code_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="three-letter ISO 4217 code"):
        Amount(1, currency)
