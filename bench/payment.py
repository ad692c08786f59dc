"""A payment from opening its session to completed, against its own statements and commits through the bare driver.

The gateway answers at once, so that the shop alone is measured. What the shop sends to its database is written down as
it goes, and then sent again, statement by statement, to a copy of the database as it was before.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from threading import Thread
from typing import Any, cast

import psycopg
from flask import Flask
from sqlalchemy import event

from bench.figures import Figure, interleaved, milliseconds, per_second, ratio
from bench.instant import InstantGateway
from bench.rig import DATABASES, SQLITE, Rig
from smartcart.database.session import db, is_sqlite
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

# What was sent: a statement with its values, or the end of a transaction.
Sent = tuple[str, Any]
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
    with app.app_context(), closing(_connect(database, copy)) as driver:
        with _listening(sent):
            found = interleaved({"shop": lambda: _pay(sent), "driver": lambda: _send_again(driver, sent)}, rig.rounds)
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


@contextmanager
def _listening(sent: list[Sent]) -> Iterator[None]:
    """Write down what is sent to the database, at its driver: the shop does not always go by SQLAlchemy."""
    listeners = _at_sqlite(sent) if is_sqlite() else _at_postgresql(sent)
    for name, listener in listeners.items():
        event.listen(db.engine, name, listener)
    db.engine.dispose()  # the connections that are there already have nobody who listens
    yield
    for name, listener in listeners.items():
        event.remove(db.engine, name, listener)


def _at_sqlite(sent: list[Sent]) -> dict[str, Callable[..., None]]:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, values: Any = ()) -> "Cursor":
            sent.append((statement, values))
            super().execute(statement, values)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, statement: str, values: Any = ()) -> Cursor:
            return cast(Cursor, self.cursor().execute(statement, values))

        def commit(self) -> None:
            sent.append(("commit", None))
            super().commit()

        def rollback(self) -> None:
            sent.append(("rollback", None))
            super().rollback()

    return {"do_connect": lambda dialect, record, arguments, options: options.update(factory=Connection)}


def _at_postgresql(sent: list[Sent]) -> dict[str, Callable[..., None]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, statement: Any, values: Any = None, **options: Any) -> "Cursor":
            sent.append((statement, values))
            super().execute(statement, values, **options)
            return self

    return {
        "do_connect": lambda dialect, record, arguments, options: options.update(cursor_factory=Cursor),
        "commit": lambda connection: sent.append(("commit", None)),
        "rollback": lambda connection: sent.append(("rollback", None)),
    }


def _send_again(driver: Any, sent: list[Sent]) -> float:
    """Payments a second."""
    ends = {"commit": driver.commit, "rollback": driver.rollback}

    def send() -> None:
        for statement, values in sent:
            if end := ends.get(statement):
                end()
            else:
                driver.execute(statement, values)

    return PAYMENTS / seconds(send)


def _connect(database: str, url: str) -> Any:
    """The driver itself, set up as the shop's connections are."""
    if database != SQLITE:
        return psycopg.connect(url.replace("+psycopg", ""))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"pragma {pragma}")
    return connection


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
