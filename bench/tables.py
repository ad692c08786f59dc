"""Whether the shop slows down as its tables fill: polls and payments with a thousand and with a million sessions."""

import logging
from collections.abc import Iterator
from functools import partial

from flask import Flask

from bench import sessions
from bench.figures import Figure, interleaved, per_second, ratio
from bench.load import requests_per_second
from bench.payment import payments_per_second
from bench.rig import DATABASES, Rig
from smartcart.database.session import db

FEW, MANY = SIZES = (1_000, 1_000_000)
# So many different sessions are polled, from all over the table.
POLLED = 1_000
PAYMENTS = 200
AT_LEAST = 0.9


def figures(rig: Rig) -> Iterator[Figure]:
    """Polls and payments a second with many sessions on record, of those with few."""
    logging.getLogger("smartcart").setLevel(logging.WARNING)
    for database in DATABASES:
        urls = {size: rig.database(database, filled_with=size) for size in SIZES}
        shops = {size: rig.shop(url) for size, url in urls.items()}
        apps = {size: rig.app(url) for size, url in urls.items()}
        polls = {size: partial(_polls, rig, shops[size], size) for size in SIZES}
        payments = {size: partial(_payments, apps[size]) for size in SIZES}
        for name, measures in (("polls", polls), ("payments", payments)):
            found = interleaved({str(size): measures[size] for size in SIZES}, rig.rounds)
            many, few = found[str(MANY)], found[str(FEW)]
            title = f"{name} at {MANY:,} sessions, of those at {FEW:,}"
            yield Figure(title, database, ratio(many, few), per_second(many), per_second(few), at_least=AT_LEAST)


def _polls(rig: Rig, shop: str, size: int) -> float:
    ids = (sessions.identifier(number) for number in range(0, size, size // POLLED))
    return requests_per_second(shop, [f"/pay/{session}/status?seen=1" for session in ids], folder=rig.folder)


def _payments(app: Flask) -> float:
    with app.app_context():
        rate = payments_per_second(PAYMENTS)
        db.session.remove()
        db.engine.dispose()
        return rate
