"""Amounts in Stripe's units: https://docs.stripe.com/currencies."""

import pytest

from smartcart.gateways.stripe.amounts import NotPayable, as_ours, at_stripe
from smartcart.gateways.stripe.limits import TAKEN
from smartcart.rules.money import DIGITS

# What an amount of 1,200 minor units of each currency that Stripe takes is at Stripe. Nearly all count alike.
ALIKE = (
    "USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF"
    " CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS"
    " INR JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR"
    " MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS"
    " SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW"
)
AT_STRIPE = dict.fromkeys(ALIKE.split(), 1200) | {"ISK": 120_000, "UGX": 120_000, "MGA": 12}


@pytest.mark.parametrize("currency", AT_STRIPE)
def test_every_currency_that_stripe_takes_is_charged_as_iso_4217_counts_it(currency: str) -> None:
    assert currency in DIGITS
    assert currency in TAKEN
    assert at_stripe(1200, currency) == AT_STRIPE[currency]
    assert as_ours(AT_STRIPE[currency], currency.lower()) == 1200


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"),
    [
        (4200, "EUR", 4200),
        (500, "JPY", 500),  # without decimals at both
        (5000, "KWD", 5000),  # three at both
        (7, "ISK", 700),  # Stripe: "you must represent it as a two-decimal value"
        (7, "UGX", 700),
        (1200, "RSD", 1200),  # two decimals in ISO 4217 and at Stripe, none in the CLDR
    ],
)
def test_what_people_see_is_what_stripe_charges(minor: int, currency: str, theirs: int) -> None:
    assert at_stripe(minor, currency) == theirs
    assert as_ours(theirs, currency.lower()) == minor


def test_what_stripe_cannot_charge_exactly_is_refused() -> None:
    with pytest.raises(NotPayable):
        at_stripe(5001, "KWD")  # "requires the least-significant digit of three-decimal currencies to be 0"
