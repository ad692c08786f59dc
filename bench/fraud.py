"""What the fraud rules cost a payment as a shopper makes it: from the press on Pay until the page says paid.

In the server's processor time, with all rules on, of the same without. Each shopper is a newcomer with an order of
their own, so that a payment is known by its shopper, its e-mail address and its card, and the rules look at all three.
`bench payment` has the same of the statements of a merchant's payment alone, without pages and polls.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench.checkout import AT_ONCE, LIMIT, Shopper, fill_shelves
from bench.figures import Figure, interleaved, milliseconds, ratio
from bench.pages import SESSIONS
from bench.rig import DATABASES, Rig

PAYMENTS = 40
AT_MOST = 1.1


def figures(rig: Rig) -> Iterator[Figure]:
    """Of a payment with rules, in that of one without, each from a shop and a database of its own."""
    for database in DATABASES:
        measures = {fraud: partial(_payment_cost, rig, _shop(rig, database, fraud)) for fraud in ("on", "off")}
        interleaved(measures, 1)  # not counted: each thread opens its connection, each template is read
        found = interleaved(measures, 2 * rig.rounds)
        yield Figure(
            "a payment from its press to paid with fraud rules, in that of one without",
            database,
            ratio(found["on"], found["off"]),
            milliseconds(found["on"]),
            milliseconds(found["off"]),
            at_most=AT_MOST,
        )


def _shop(rig: Rig, database: str, fraud: str) -> str:
    url = rig.database(database, filled_with=SESSIONS)
    fill_shelves(rig, url)
    return rig.shop(url, rate_limit=LIMIT, fraud=fraud)


def _payment_cost(rig: Rig, shop: str) -> float:
    """In seconds; the orders are there before."""
    with ThreadPoolExecutor(AT_ONCE) as shoppers:
        ordered = list(shoppers.map(lambda _: _with_an_order(shop), range(PAYMENTS)))
        before = rig.processor_seconds(shop)
        list(shoppers.map(lambda one: one[0].pay(one[1]), ordered))
        return (rig.processor_seconds(shop) - before) / PAYMENTS


def _with_an_order(shop: str) -> tuple[Shopper, str]:
    shopper = Shopper(shop)
    return shopper, shopper.order()
