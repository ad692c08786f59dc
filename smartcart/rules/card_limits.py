"""How often the card schemes let a card be tried again that was declined; kept whatever rules the owner has set.

- Visa: never after an answer of category 1, "issuer will never approve"; after any other 15 times in 30 days. It has
  been 20 since May 2025; the stricter number is kept here, for not every acquirer has followed.
- Mastercard: 10 times in 24 hours, 35 times in 30 days.

https://support.checkout.com/hc/en-us/articles/25482040901394-When-can-I-retry-a-declined-transaction and
https://history.paypal.com/us/brc/article/avoid-excessive-retries-penalties have these numbers. A shop does not always
know the scheme before it charges, so each card is held to all of them: of the 35 nothing is left beside the 15.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

DAY, MONTH = timedelta(days=1), timedelta(days=30)
IN_A_DAY, IN_A_MONTH = 10, 15


class Decline(NamedTuple):
    """A card was declined; `for_good` where the bank will never approve it."""

    at: datetime
    for_good: bool


def refused_by_scheme(declines: Iterable[Decline], now: datetime) -> str:
    """Why a card with these declines must not be tried now, in words for the owner; empty where it may."""
    lately = [decline for decline in declines if now - decline.at < MONTH]
    if any(decline.for_good for decline in lately):
        return "the card's bank has said that it will never approve it"
    if sum(now - decline.at < DAY for decline in lately) >= IN_A_DAY:
        return f"the card was declined {IN_A_DAY} times in 24 hours, after which the card schemes want no other try"
    if len(lately) >= IN_A_MONTH:
        return f"the card was declined {IN_A_MONTH} times in 30 days, after which the card schemes want no other try"
    return ""
