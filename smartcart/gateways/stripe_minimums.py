"""The least that Stripe charges, in each currency that it settles in.

As https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts has them. It holds a charge against the minimum
of the currency that the account settles in, which is known to Stripe alone: so what passes here may be refused there,
as `amount_too_small`.
"""

from smartcart.gateways.stripe_amounts import as_ours

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


def smallest(currency: str) -> int:
    """The least that can be charged in a currency, in our minor units; 1 where Stripe names none."""
    return as_ours(_LEAST[currency], currency) if currency in _LEAST else 1
