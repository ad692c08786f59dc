"""Amounts in Stripe's units: https://docs.stripe.com/currencies."""

import pytest

from smartcart.gateways.stripe_amounts import NotPayable, as_ours, at_stripe


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"),
    [
        (4200, "EUR", 4200),
        (500, "JPY", 500),  # without decimals at both
        (5000, "KWD", 5000),  # three at both
        (7, "ISK", 700),  # Stripe: "you must represent it as a two-decimal value"
        (7, "UGX", 700),
        (12, "RSD", 1200),  # two decimals at Stripe, none in the CLDR
    ],
)
def test_what_people_see_is_what_stripe_charges(minor: int, currency: str, theirs: int) -> None:
    assert at_stripe(minor, currency) == theirs
    assert as_ours(theirs, currency.lower()) == minor


def test_what_stripe_cannot_charge_exactly_is_refused() -> None:
    with pytest.raises(NotPayable):
        at_stripe(5001, "KWD")  # "requires the least-significant digit of three-decimal currencies to be 0"
