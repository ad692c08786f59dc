"""The books of a million payments: held against the gateway's, backed up and restored; and what ages, forgotten."""

import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import psycopg
from sqlalchemy import delete, insert, text

from bench import sessions
from bench.figures import Figure, interleaved, milliseconds, ratio
from bench.instant import InstantGateway
from bench.payment import open_session, payments_per_second, seconds
from bench.rig import DATABASES, POSTGRESQL, SQLITE, Rig
from bench.sweep import MAY_WAIT, writing_shopper
from smartcart import backup, clock
from smartcart.backup.kinds import synced
from smartcart.database.session import db, writing
from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.outbox.models import Effect
from smartcart.payments.api import idempotency
from smartcart.payments.api.models import KeptAnswer
from smartcart.payments.core import merchant_feed, record, tally
from smartcart.payments.core.keyed_effects import Keyed, hang_on
from smartcart.payments.core.merchant_event_model import MerchantEvent
from smartcart.payments.core.terms import Instrument
from smartcart.payments.flow import gateway_calls

# PostgreSQL takes minutes to be filled with a million, and the ratio is the same.
PAYMENTS = {SQLITE: 1_000_000, POSTGRESQL: 100_000}
# Each takes some ten seconds; there is little in them that differs from one to the next.
ROUNDS = 2
MEGABYTES = 100
ANSWERS = 100_000
GROWN_BY = 3_000
# In seconds. A virtual machine gives memory back to its host that is free for two seconds or so. A file that is written
# before then has that of the file deleted last: a copy of 1 GB took 1.3 to 1.9 s, and after a pause 4.4 to 8.9. Whoever
# restores has deleted nothing as large just before.
MEMORY_IS_GIVEN_BACK = 6.0
# In bytes.
MAY_GROW = 1024

# All paid, and nobody's in particular, as before accounts were.
ALL_PAID = "update payment_session set state = 'completed', reference = 'sb_' || substr(id, 1, 24)"
# What a person would ask who has both books in one database.
JOIN = """
select count(*) from payment_session left join book on book.session = payment_session.id
where book.session is null and state = 'completed' or book.amount <> payment_session.amount
   or book.currency <> payment_session.currency or book.refunded <> payment_session.refunded
   or book.session is not null and state not in ('completed', 'refunded')
"""
BOOK = """
select session, amount, currency, refunded from {0}reference join {0}charge using (reference)
"""


def figures(rig: Rig) -> Iterator[Figure]:
    logging.getLogger("smartcart").setLevel(logging.WARNING)
    for database in DATABASES:
        url = rig.database(database, filled_with=PAYMENTS[database])
        ledger = _paid(rig, url, database)
        yield from _audit(rig, database, url, ledger)
        if database == SQLITE:
            yield from _backup(Path(url.removeprefix("sqlite:///")), rig.folder)
        yield from _ageing(rig, database)


def _paid(rig: Rig, url: str, database: str) -> Path:
    """All of them paid, and in the sandbox's books; returns where these are."""
    app = rig.app(url)
    with app.app_context():
        db.session.execute(text(ALL_PAID))
        db.session.commit()
        db.session.remove()
        sessions.tidy(db.engine)
        db.engine.dispose()
    path = rig.folder / f"books beside {database}.sqlite3"
    Ledger(path, time.time)
    names = [sessions.identifier(each) for each in range(PAYMENTS[database])]
    with closing(sqlite3.connect(path)) as books, books:
        books.executemany(
            "insert into reference (reference, session, amount, currency) values (?, ?, ?, 'EUR')",
            ((f"sb_{name[:24]}", name, 4200 + each % 977) for each, name in enumerate(names)),
        )
        books.execute("insert into charge select reference, 1, 1767225600 + rowid, 0 from reference")
        books.execute("analyze")
    return path


def _audit(rig: Rig, database: str, url: str, ledger: Path) -> Iterator[Figure]:
    memory: list[float] = []
    environment = {**os.environ, **rig.environment(url, sandbox_ledger=ledger)}

    def audit() -> float:
        began = time.perf_counter()
        command = [sys.executable, "-m", "bench.peak", sys.executable, "-m", "bench.start_shop", "audit"]
        peak = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        memory.append(int(peak) / 1024)
        return time.perf_counter() - began

    join = _join_at_sqlite if database == SQLITE else _join_at_postgresql
    found = interleaved({"audit": audit, "join": lambda: seconds(lambda: join(url, ledger))}, ROUNDS)
    yield Figure(
        f"audit of {PAYMENTS[database]:,} payments, of a join of both books",
        database,
        ratio(found["audit"], found["join"]),
        milliseconds(found["audit"]),
        milliseconds(found["join"]),
        at_most=2,
    )
    name = f"memory of that audit, of {MEGABYTES} MB"
    yield Figure(name, database, max(memory) / MEGABYTES, f"{max(memory):.0f} MB", f"{MEGABYTES} MB", at_most=1)


def _join_at_sqlite(url: str, ledger: Path) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as both:
        both.execute("attach ? as books", (str(ledger),))
        both.execute(f"create temp view book as {BOOK.format('books.')}")
        assert both.execute(JOIN).fetchone() == (0,)


def _join_at_postgresql(url: str, ledger: Path) -> None:
    """The gateway's books have to come into the database first."""
    with closing(sqlite3.connect(ledger)) as books, psycopg.connect(url.replace("+psycopg", "")) as both:
        both.execute("create temp table book (session text, amount bigint, currency text, refunded bigint)")
        with both.cursor().copy("copy book from stdin") as rows:
            for row in books.execute(BOOK.format("")):
                rows.write_row(row)
        both.execute("analyze book")
        assert both.execute(JOIN).fetchone() == (0,)


def _backup(database: Path, folder: Path) -> Iterator[Figure]:
    url, backed_up = f"sqlite:///{database}", folder / "backup"
    numbers = count(1)
    backup.back_up(url, backed_up)
    ways: dict[str, Callable[[], object]] = {
        "backup": lambda: backup.back_up(url, folder / f"backup {next(numbers)}"),
        "copied and checked": lambda: _copied_and_checked(database, folder / f"backup {next(numbers)}"),
        "restore": lambda: backup.restore(f"sqlite:///{folder / f'backup {next(numbers)}'}", backed_up, force=False),
        "copy": lambda: _copied(backed_up, folder / f"backup {next(numbers)}"),
    }

    def measure(way: Callable[[], object]) -> float:
        time.sleep(MEMORY_IS_GIVEN_BACK)
        found = seconds(way)
        for each in folder.glob("backup *"):
            each.unlink()
        return found

    found = interleaved({name: lambda way=way: measure(way) for name, way in ways.items()}, ROUNDS)  # type: ignore[misc]
    for name, yardstick, most in (("backup", "copied and checked", 1.5), ("restore", "copy", 2)):
        yield Figure(
            f"{name} of {PAYMENTS[SQLITE]:,} payments, of the same {yardstick}",
            SQLITE,
            ratio(found[name], found[yardstick]),
            milliseconds(found[name]),
            milliseconds(found[yardstick]),
            at_most=most,
        )


def _copied_and_checked(database: Path, copy: Path) -> None:
    """As `sqlite3 .backup` does it, with the checks of the shop."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        assert target.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert target.execute("pragma foreign_key_check").fetchall() == []
    synced(copy)


def _copied(file: Path, copy: Path) -> None:
    """Read and written a piece at a time, for a file system may only note that two files are the same."""
    with file.open("rb") as source, copy.open("wb") as target:
        while piece := source.read(2**20):
            target.write(piece)
    synced(copy)


def _ageing(rig: Rig, database: str) -> Iterator[Figure]:
    app = rig.app(rig.database(database))
    with app.app_context():
        for with_keys in ("", " with keys"):
            yield _growth(database, with_keys)
        _keep_answers()
        sessions.tidy(db.engine)
        with writing_shopper(app) as undisturbed:
            time.sleep(3)
        with writing_shopper(app) as disturbed:
            assert idempotency.forget_old() == ANSWERS
        db.session.remove()
        db.engine.dispose()
    yield Figure(
        f"longest wait of a write while {ANSWERS:,} answers are forgotten, of {MAY_WAIT * 1000:.0f} ms",
        database,
        (max(disturbed) - max(undisturbed)) / MAY_WAIT,
        f"{max(disturbed) * 1000:.1f} ms",
        f"{max(undisturbed) * 1000:.1f} ms",
        at_most=1,
    )


def _growth(database: str, with_keys: str) -> Figure:
    """What stays of a payment for ever: kept answers, if any, are gone after a day, a merchant's events after 30."""
    numbers = count()
    _pay_and_age(with_keys, numbers)  # not counted: what ages leaves pages behind, once, that those to come use again
    before = _size()
    _pay_and_age(with_keys, numbers)
    each = (_size() - before) / GROWN_BY
    name = f"growth of the database by a payment{with_keys}, of 1 KB"
    limit = None if with_keys else 1.0
    return Figure(name, database, each / MAY_GROW, f"{each:,.0f} bytes", f"{MAY_GROW:,} bytes", at_most=limit)


def _pay_and_age(with_keys: str, numbers: Iterator[int]) -> None:
    """So many payments are made, and what ages of them is gone."""
    if with_keys:
        for number in islice(numbers, GROWN_BY):
            _pay_with_keys(number)
    else:
        payments_per_second(GROWN_BY)
    tally.add_up()
    merchant_feed.give_numbers()
    with writing():
        db.session.execute(delete(MerchantEvent))
        db.session.execute(delete(Effect))


def _pay_with_keys(number: int) -> None:
    with hang_on(_keyed(f"open {number:031}")):
        session = open_session()
    with hang_on(_keyed(f"pay {number:032}")):
        charge = record.begin(session, Instrument(InstantGateway.name), "merchant", 30.0, lambda: True)
    gateway_calls.charge(charge)


def _keyed(key: str) -> Keyed:
    return Keyed("the id of a merchant's API key .", key, "0" * 64)


def _size() -> int:
    """Of all that is in the tables and their indexes now, in bytes."""
    db.session.remove()
    sessions.tidy(db.engine)
    size = "sum(pgsize) from dbstat" if db.engine.dialect.name == "sqlite" else "pg_database_size(current_database())"
    found = db.session.scalar(text(f"select {size}"))
    db.session.rollback()
    return int(found)


def _keep_answers() -> None:
    """Answers that are older than a day, each as long as that to a session that was opened."""
    kept = {"caller": "a merchant", "fingerprint": "0" * 64, "status": 201, "body": "x" * 700}
    rows = [{**kept, "key": f"{each:036}", "kept_at": clock.now() - timedelta(days=2)} for each in range(ANSWERS)]
    with writing():
        db.session.execute(insert(KeptAnswer), rows)
