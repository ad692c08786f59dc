"""Which sums Stripe charges: in which currencies, and the least of those that it settles in.

As https://docs.stripe.com/currencies has them (presentment currencies, minimum and maximum charge amounts). It holds a
charge against the minimum of the currency that the account settles in, which is known to Stripe alone: so what passes
here may be refused there, as `amount_too_small`.
"""

from smartcart.gateways.protocol import SumProblem, SumRefusal
from smartcart.gateways.stripe.amounts import NotPayable, as_ours, at_stripe

_CODES = (
    "USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF"
    " CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF"
    " IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP"
    " MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD"
    " SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XCG"
    " XOF XPF YER ZAR ZMW"
)
TAKEN = frozenset(_CODES.split())
# In Stripe's own units of the currency.
_LEAST = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"), 50),
    "AED": 200,
    "BGN": 100,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}


def refusal(amount: int, currency: str) -> SumRefusal | None:
    """What keeps Stripe from ever charging so many minor units, as far as its documentation tells."""
    if currency not in TAKEN:
        return SumRefusal(SumProblem.CURRENCY)
    try:
        at_stripe(amount, currency)
    except NotPayable:
        return SumRefusal(SumProblem.NOT_PAYABLE)
    least = as_ours(_LEAST[currency], currency) if currency in _LEAST else 1
    return SumRefusal(SumProblem.TOO_SMALL, least) if amount < least else None
