"""How long it takes until a merchant's own system can read what happened: from the commit to the answer that has it.

A shop runs with its jobs, which give numbers. Sessions of a merchant are opened in this process on the same database,
and the feed is read all the while, as a program would that asks again and again.
"""

import time
from collections.abc import Iterator
from itertools import count
from statistics import quantiles

from bench.figures import Figure
from bench.rig import DATABASES, SMARTCART, Rig
from smartcart.database.session import db
from smartcart.payments.core import merchant_feed
from smartcart.payments.core.terms import Terms
from smartcart.payments.flow import opening
from smartcart.rules.money import Amount
from tests.support.ports import free_port

MERCHANT = "a merchant"
# So many, and so long between one and the next, in seconds: 100 a second is a rush, and leaves SQLite's lock to the
# shop's own process now and then. Two that write without a pause wait for each other by chance.
EVENTS, PAUSE = 500, 0.01
# What a reader who asks every second would not notice.
AT_MOST = 1.0


def figures(rig: Rig) -> Iterator[Figure]:
    """The 95th percentile, in seconds."""
    for database in DATABASES:
        url = rig.database(database)
        port = free_port()
        rig.serve([SMARTCART, "serve", "--port", port], port, **rig.environment(url))
        p95 = quantiles(_delays(rig, url), n=20)[-1]
        yield Figure(
            "an event, until it can be read, of a second (p95)", database, p95, f"{p95:.2f} s", "1 s", at_most=AT_MOST
        )


def _delays(rig: Rig, url: str) -> list[float]:
    """Of each event how many seconds it took."""
    committed: dict[str, float] = {}
    delays: list[float] = []
    numbers = count(1)
    with rig.app(url).app_context():
        while len(delays) < EVENTS:
            if len(committed) < EVENTS:
                session, _ = opening.open_for_merchant(order_of(MERCHANT, next(numbers)), MERCHANT)
                committed[session] = time.monotonic()
            time.sleep(PAUSE)
            page = merchant_feed.read(MERCHANT, len(delays), 100)
            delays += [time.monotonic() - committed[event.session["id"]] for event in page.events]
        db.session.remove()
        db.engine.dispose()
    return delays


def order_of(merchant: str, number: int) -> Terms:
    return Terms(
        owner="ada@example.org",
        merchant=merchant,
        order_reference=f"A-{number}",
        amount=Amount(4200, "EUR"),
        gateway="sandbox",
        max_attempts=3,
        lifetime=900.0,
        base_url="https://shop.example",
    )
