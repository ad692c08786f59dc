"""A payment from opening its session to completed, against its own statements and commits through the bare driver.

The gateway answers at once, so that the shop alone is measured.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from threading import Thread
from typing import Any

from flask import Flask

from bench.figures import Figure, interleaved, milliseconds, per_second, ratio
from bench.instant import InstantGateway
from bench.rig import DATABASES, Rig
from bench.statements import Sent, connect, listening, send_again
from smartcart.database.session import db
from smartcart.payments.core import record
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Instrument, Terms
from smartcart.payments.flow import gateway_calls, opening
from smartcart.rules.money import Amount

# A round takes about a second.
PAYMENTS = 200
# Open, begin, settle, and one to spare: the gateway's reference, which is on record before it is charged.
COMMITS = 4
WRITERS, WRITES = 8, 100

_numbers = count(1)


def figures(rig: Rig) -> Iterator[Figure]:
    """Payments a second, one after another; commits of one payment; the slowest of many writers."""
    logging.getLogger("smartcart").setLevel(logging.WARNING)  # a line a move is no part of the yardstick
    for database in DATABASES:
        yield from _figures(rig, database)


def _figures(rig: Rig, database: str) -> Iterator[Figure]:
    shop, copy = rig.database(database), rig.database(database)
    app = rig.app(shop)
    sent: list[Sent] = []
    with app.app_context(), closing(connect(database, copy)) as driver:
        with listening(sent):
            found = interleaved({"shop": lambda: _pay(sent), "driver": lambda: _again(driver, sent)}, rig.rounds)
        name = "payments, of the same statements through the bare driver"
        payments, yardstick = found["shop"], found["driver"]
        yield Figure(
            name, database, ratio(payments, yardstick), per_second(payments), per_second(yardstick), at_least=0.5
        )
        commits = sum(statement == "commit" for statement, _ in sent) / PAYMENTS
        yield Figure("durable commits of one payment", database, commits, at_most=COMMITS)
        sent.clear()
        yield _with_rules(database, rig)
        yield _slowest_writer(app, database)
        db.session.rollback()
        db.engine.dispose()


def _with_rules(database: str, rig: Rig) -> Figure:
    """What a payment costs this thread with all fraud rules on, in what it costs without; each is somebody else's."""
    fraud = runtime().fraud

    def pay(is_on: bool) -> float:
        fraud.is_on = is_on
        began = time.thread_time()
        payments_per_second(PAYMENTS)
        return (time.thread_time() - began) / PAYMENTS

    found = interleaved({"with": lambda: pay(is_on=True), "without": lambda: pay(is_on=False)}, 2 * rig.rounds)
    fraud.is_on = False
    costs, yardstick = found["with"], found["without"]
    name = "a payment's processor time with fraud rules, in that of one without"
    return Figure(name, database, ratio(costs, yardstick), milliseconds(costs), milliseconds(yardstick), at_most=1.1)


def _slowest_writer(app: Flask, database: str) -> Figure:
    """The slowest of all writes while many threads write at once, in medians of them."""
    times: list[float] = []

    def write() -> None:
        with app.app_context():
            times.extend(seconds(open_session) for _ in range(WRITES))

    threads = [Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    middle, slowest = times[len(times) // 2], times[-1]
    name = f"slowest write of {WRITERS} writers, in medians"
    return Figure(name, database, slowest / middle, f"{slowest * 1000:.1f} ms", f"{middle * 1000:.1f} ms", at_most=10)


def _pay(sent: list[Sent]) -> float:
    """Payments a second; `sent` holds what they sent."""
    sent.clear()
    return payments_per_second(PAYMENTS)


def _again(driver: Any, sent: list[Sent]) -> float:
    """Payments a second."""
    return PAYMENTS / seconds(lambda: send_again(driver, sent))


def payments_per_second(number: int) -> float:
    """Carry out payments of the app that is at work, one after another."""

    def pay() -> None:
        for _ in range(number):
            gateway_calls.charge(
                record.begin(open_session(), Instrument(InstantGateway.name), "shopper", 30.0, lambda: True)
            )

    return number / seconds(pay)


def open_session() -> str:
    """Open a session of a merchant in the app that is at work; returns its id."""
    terms = Terms(
        owner=f"shopper {(number := next(_numbers))}",
        order_reference=f"A-{number}",
        amount=Amount(4200, "EUR"),
        gateway=InstantGateway.name,
        max_attempts=3,
        lifetime=900.0,
        base_url="http://127.0.0.1",
        merchant="a merchant",
    )
    return opening.open_for_merchant(terms, "merchant")[0]


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
