"""Amounts of money: whole minor units and an ISO 4217 code. Never a float.

How many digits a currency's minor unit has is ISO 4217's to say (https://www.six-group.com/en/products-services/
financial-information/market-reference-data/data-standards.html, list one): those are what banks and gateways count. The
CLDR has digits too, for display: none for RSD, ALL or LBP, of which everybody's books have hundredths.
"""

from dataclasses import dataclass

# By the digits of the minor unit. Not those of precious metals, bonds and tests, which nobody pays with.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW"
    " CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR"
    " ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV"
    " MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD"
    " SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    # Withdrawn since 2018 (list three), and still taken by Stripe.
    " ANG BGN STD",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DIGITS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}

# How many digits a sum may have, counted in minor units. As https://docs.stripe.com/currencies has or had them, in its
# general limits and in those of cards; where it says two things at two times, the smaller. Today it takes twelve of
# any currency from most cards, and eight is what keeps a slip of the finger from becoming an order.
_MOST_DIGITS = {"IDR": 12, "LBP": 11, "COP": 10, "HUF": 10, "JPY": 10, "INR": 9}
_MOST_DIGITS_OF_OTHERS = 8

# Of any currency: what the database has to hold.
LARGEST_AMOUNT = 10**12 - 1


def digits(currency: str) -> int:
    """How many digits the minor unit has; two where a row of long ago has a code that is no longer listed."""
    return DIGITS.get(currency, 2)


def largest(currency: str) -> int:
    """The largest sum that can be paid at once, in minor units."""
    return int(10 ** _MOST_DIGITS.get(currency, _MOST_DIGITS_OF_OTHERS)) - 1


@dataclass(frozen=True)
class Amount:
    """A positive sum: `minor` in the currency's smallest unit."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in DIGITS:
            raise ValueError("a currency must be a three-letter ISO 4217 code")
        if not 1 <= self.minor <= largest(self.currency):
            raise ValueError(f"an amount of {self.currency} must be from 1 to {largest(self.currency)} minor units")
