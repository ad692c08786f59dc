"""Somebody holds what the shop wants to write, for longer than the shop waits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from smartcart.database import turns
from smartcart.database.postgresql import SETTINGS
from smartcart.payments.core import record
from smartcart.payments.flow import reconciler
from tests.support.databases import SQLITE, look_into
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

LIMIT = 10.0

Lock = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop waits for its turn for 10 s, which is longer than a test has."""
    monkeypatch.setitem(SETTINGS, "lock_timeout", "300ms")
    monkeypatch.setattr(turns, "LIMIT", 0.3)


@pytest.fixture
def lock(database: str) -> Lock:
    """Holds a session against everybody else; SQLite can only hold everything."""

    @contextmanager
    def hold(session: str) -> Iterator[None]:
        if database.startswith(SQLITE):
            with closing(sqlite3.connect(database.removeprefix(SQLITE))) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
        else:
            with psycopg.connect(database) as holder:
                holder.execute("select * from payment_session where id = %s for update", [session])
                yield

    return hold


@pytest.fixture
def charges(shopper: Shopper, settings: Any) -> Callable[[str], int]:
    def count(session: str) -> int:
        query = "select count(*) from charge join reference using (reference) where session = ?"
        return int(look_into(settings.sandbox_ledger, query, session)[0][0])

    return count


def money(shopper: Shopper, session: str) -> str:
    return str(shopper.get(f"/api/payments/session/{session}").get_json()["money"])


def assert_refused_for_now(answer: TestResponse) -> None:
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "We cannot reach our books right now" in answer.text


def test_a_press_on_pay_begins_nothing_and_can_be_made_again(
    shopper: Shopper, lock: Lock, charges: Callable[[str], int]
) -> None:
    session = shopper.order()
    with lock(session):
        assert_refused_for_now(shopper.pay(session))
        assert money(shopper, session) == "not_taken"
    assert charges(session) == 0
    assert shopper.pay(session).status_code == 303
    wait_for(lambda: money(shopper, session) == "taken")
    assert charges(session) == 1


def test_an_answer_that_cannot_be_written_is_asked_for_again(
    shopper: Shopper, lock: Lock, charges: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = shopper.order()
    answered, locked, given_up = Event(), Event(), Event()
    settle = record.settle

    def settle_when_locked(*args: Any) -> Any:
        answered.set()
        locked.wait(LIMIT)
        try:
            return settle(*args)
        finally:
            given_up.set()

    monkeypatch.setattr(record, "settle", settle_when_locked)
    shopper.pay(session)
    assert answered.wait(LIMIT)
    with lock(session):
        locked.set()
        assert given_up.wait(LIMIT)
        assert (money(shopper, session), charges(session)) == ("checking", 1)
    wait_for(lambda: reconciler.reconcile() + 1 and money(shopper, session) == "taken")
    assert charges(session) == 1
