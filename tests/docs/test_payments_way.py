"""What a payment reads and writes is what the architecture says, counted at the database itself."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from tests.docs.reading import rows, section
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = ON_SQLITE  # PostgreSQL has advisory locks beside these

WAY = "A payment's way, with its reads and writes"
COLUMNS = ("step", "where", "reads", "writes")
WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
READS = re.compile(r"(?:FROM|JOIN) (\w+)")


@dataclass
class Step:
    """The tables that one transaction, or one read outside of any, has to do with."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)

    def add(self, statement: str) -> None:
        if written := WRITES.match(statement):
            self.writes.add(written[1])
        else:
            self.reads.update(READS.findall(statement))


class Listener:
    """Hears every statement, connection by connection, and keeps the write transactions in the order of their ends."""

    def __init__(self) -> None:
        self.transactions: list[Step] = []
        self.outside: list[Step] = []
        self._open: dict[int, Step] = {}
        self._reading: dict[int, bool] = defaultdict(bool)

    def listen(self, connection: Any, _: object) -> None:
        connection.set_trace_callback(lambda statement: self.hear(id(connection), " ".join(statement.split())))

    def hear(self, connection: int, statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            self._open[connection] = Step()
        elif statement == "COMMIT" and connection in self._open:
            self.transactions.append(self._open.pop(connection))
        elif connection in self._open:
            self._open[connection].add(statement)
        elif statement in ("BEGIN", "ROLLBACK", "COMMIT"):
            self._reading[connection] = statement == "BEGIN"
        elif not self._reading[connection]:
            self.outside.append(Step())
            self.outside[-1].add(statement)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"fraud": "on"})


@pytest.fixture
def listener(app: Flask) -> Iterator[Listener]:
    listener = Listener()
    db.engine.dispose()  # those that are open already would not be heard
    event.listen(db.engine, "connect", listener.listen)
    yield listener
    event.remove(db.engine, "connect", listener.listen)


def told() -> list[Step]:
    """The steps as the architecture has them."""
    steps = [row for row in rows(section("docs/architecture.md", WAY)) if len(row) == len(COLUMNS)]
    tables = [[set(re.findall(r"`(\w+)`", cell)) for cell in row[2:]] for row in steps]
    return [Step(reads, writes) for reads, writes in tables]


def test_a_payment_that_goes_well_reads_and_writes_what_is_told(listener: Listener, shopper: Shopper) -> None:
    shopper.put_into_cart()
    listener.transactions.clear()
    session = shopper.check_out().location.rpartition("/")[2]
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    db.session.rollback()
    listener.outside.clear()
    shopper.get(f"/pay/{session}/status?seen=1")
    *transactions, poll = told()
    assert listener.transactions == transactions
    assert listener.outside == [poll]
