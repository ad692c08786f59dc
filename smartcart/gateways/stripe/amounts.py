"""Amounts as Stripe counts them. It has its own idea of some currencies' smallest unit; ours is that of ISO 4217.

See https://docs.stripe.com/currencies: zero-decimal, three-decimal and special-case currencies. Of ISK and UGX, which
ISO has no minor unit for, it counts hundredths that are always 00; MGA it counts whole. HUF and TWD it charges in
hundredths, as ISO has them, and pays out whole: that is between it and the shop's bank.
"""

from smartcart.rules.money import digits

WITHOUT_DECIMALS = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
}
WITH_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}


class NotPayable(ValueError):
    """Stripe cannot charge exactly this sum."""


def at_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises NotPayable."""
    theirs, rest = divmod(minor * 10 ** _decimals(currency), 10 ** digits(currency))
    # "Stripe's API requires the least-significant digit of three-decimal currencies to be 0."
    if rest or (currency in WITH_THREE_DECIMALS and theirs % 10):
        raise NotPayable(f"Stripe cannot charge {minor} minor units of {currency}")
    return int(theirs)


def as_ours(theirs: int, currency: str) -> int:
    """Stripe's smallest units of a currency, named in small or capital letters, as our minor units."""
    code = currency.upper()
    return int(theirs * 10 ** digits(code) // 10 ** _decimals(code))


def _decimals(currency: str) -> int:
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2
