"""Tax that is included in prices, summed up by rate.

A rate is in basis points, hundredths of a per cent: 1900 is 19 %. EN 16931 sums a bill's tax up for each rate, not for
each line, and rounds each of those sums (BR-CO-17); to the nearest minor unit, halves up, as its own validation does
with XPath's `round` (https://www.w3.org/TR/xpath-functions-31/#func-round). Which way a shop rounds is otherwise its
country's to say (CJEU C-484/06, Ahold). What is charged for delivery shares the rates of the goods it goes with (CJEU
C-349/96, Card Protection Plan), by their value.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, Protocol

WHOLE = 10_000  # basis points
# Of all there is: no country has a rate of more than a third of a price, and a slip of the finger is to be seen.
LARGEST_RATE = WHOLE
# Per cent, with up to two decimals, as some rates have (Switzerland's 8.1, the 13.5 of Ireland, 2.25).
TYPED = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s?%?", re.ASCII)


class Taxed(Protocol):
    """What was sold: `total` in minor units, `tax_rate` in basis points."""

    @property
    def total(self) -> int: ...

    @property
    def tax_rate(self) -> int: ...


class Included(NamedTuple):
    """So much `tax` is in what was charged at this `rate`, `gross`; both in minor units."""

    rate: int
    gross: int
    tax: int

    @property
    def percent(self) -> str:
        return to_text(self.rate)


def included(lines: Iterable[Taxed], shipping: int) -> list[Included]:
    """The tax in what was charged, by rate, the highest first; what has no rate is in none of the sums."""
    goods: dict[int, int] = defaultdict(int)
    for line in lines:
        goods[line.tax_rate] += line.total
    shares = _shared(shipping, goods)
    charged = {rate: goods[rate] + shares[rate] for rate in sorted(goods, reverse=True)}
    return [Included(rate, gross, tax_in(gross, rate)) for rate, gross in charged.items() if rate]


def tax_in(gross: int, rate: int) -> int:
    """The tax in a sum that includes it, both in minor units; halves are rounded up."""
    return (2 * gross * rate + WHOLE + rate) // (2 * (WHOLE + rate))


def to_rate(typed: str) -> int:
    """Basis points of a rate in per cent: 19, 8.1 or 8,1. Nothing typed is none. Raises ValueError."""
    if not typed:
        return 0
    found = TYPED.fullmatch(typed)
    if found is None:
        raise ValueError(typed)
    rate = int(Decimal(f"{found[1]}.{found[2] or 0}") * 100)
    if rate > LARGEST_RATE:
        raise ValueError(typed)
    return rate


def to_text(rate: int) -> str:
    """A rate in per cent, as short as it goes: 1900 is 19, 810 is 8.1."""
    return f"{Decimal(rate) / 100:f}"


def _shared(shipping: int, goods: dict[int, int]) -> dict[int, int]:
    """Shipping by the value of the goods of each rate; what rounding down leaves goes to the highest rates first."""
    total = sum(goods.values())
    shares = {rate: shipping * value // total for rate, value in goods.items()} if total else {}
    left = shipping - sum(shares.values())
    for rate in sorted(shares, reverse=True)[:left]:
        shares[rate] += 1
    return shares
