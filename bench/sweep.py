"""The sweep: many sessions past their time are expired while shoppers go on writing.

Its cost for each session must stay the same however many there are, and so must that of finding nothing to do.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Event, Thread

from flask import Flask
from sqlalchemy import text

from bench import sessions
from bench.figures import Figure
from bench.payment import open_session, seconds
from bench.rig import DATABASES, Rig
from smartcart.database.session import db
from smartcart.payments.flow import reconciler

# The largest takes 20 s; SMARTCART_BENCH_SWEEP=1000000 takes four minutes for each database.
SIZES = (1_000, int(os.environ.get("SMARTCART_BENCH_SWEEP", "100000")))
# What a shopper may wait longer for than without the sweep, in seconds.
MAY_WAIT = 0.1
# The cost of one session may differ by so much between the smallest and the largest sweep, and so may that of finding
# nothing: what grows with the table would differ a hundredfold.
SAME = 1.5
# Between two writes of the shopper, in seconds: 200 writes a second at most.
PAUSE = 0.005
LOOKS = 200

# Each has an order of one piece, so that stock is given back and a cart comes back.
MAKE_OVERDUE = (
    """insert into product (id, slug, name, description, price, currency, stock, picture, on_sale)
       values (1, 'mug', 'Mug', '', 4200, 'EUR', 1000000, '', true)""",
    "insert into order_line (order_id, product_id, name, price, quantity) select id, 1, 'Mug', 4200, 1 from shop_order",
    "update shop_order set shopper = 'shopper ' || number",
    "update payment_session set state = 'created', attempts = 0",
)


def figures(rig: Rig) -> Iterator[Figure]:
    logging.getLogger("smartcart").setLevel(logging.WARNING)
    for database in DATABASES:
        yield from _figures(rig, database)


def _figures(rig: Rig, database: str) -> Iterator[Figure]:
    each: dict[int, float] = {}
    nothing: dict[int, float] = {}
    for size in SIZES:
        app = _shop_with_overdue(rig, database, size)
        with rig.as_server(), app.app_context():
            with writing_shopper(app) as undisturbed:
                time.sleep(3)
            with writing_shopper(app) as disturbed:
                each[size] = _sweep(size) / size
            sessions.tidy(db.engine)
            nothing[size] = median(seconds(reconciler.sweep) for _ in range(LOOKS))
            db.session.remove()
            db.engine.dispose()
    few, many = SIZES[0], SIZES[-1]
    longer = max(disturbed) - max(undisturbed)
    yield Figure(
        f"longest wait of a write for the sweep, of {MAY_WAIT * 1000:.0f} ms",
        database,
        longer / MAY_WAIT,
        f"{max(disturbed) * 1000:.1f} ms",
        f"{max(undisturbed) * 1000:.1f} ms",
        at_most=1,
    )
    yield _same(f"cost of expiring one of {many:,}, of one of {few:,}", database, each[many], each[few])
    yield _same(f"cost of finding nothing among {many:,}, among {few:,}", database, nothing[many], nothing[few])


def _same(name: str, database: str, many: float, few: float) -> Figure:
    return Figure(name, database, many / few, f"{many * 1e6:.0f} µs", f"{few * 1e6:.0f} µs", at_most=SAME)


def _sweep(size: int) -> float:
    """How long it takes to expire them all, in seconds."""
    began = time.perf_counter()
    swept = reconciler.sweep()
    assert swept == size, f"{swept} of {size} were swept"
    return time.perf_counter() - began


def _shop_with_overdue(rig: Rig, database: str, size: int) -> Flask:
    url = rig.database(database)
    sessions.fill(url, size, datetime.now(UTC) - timedelta(minutes=1))
    app = rig.app(url)
    with app.app_context():
        for statement in MAKE_OVERDUE:
            db.session.execute(text(statement))
        db.session.commit()
        db.session.remove()
        sessions.tidy(db.engine)
        db.engine.dispose()
    return app


@contextmanager
def writing_shopper(app: Flask) -> Iterator[list[float]]:
    """Somebody opens sessions all the time; how long each took, in seconds."""
    times: list[float] = []
    over = Event()

    def write() -> None:
        with app.app_context():
            while not over.wait(PAUSE):
                times.append(seconds(open_session))

    thread = Thread(target=write)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()
