"""Whose turn it is to write to SQLite, and that nobody waits longer than the limit, for whomever."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as TookTooLong

from smartcart.database import turns
from smartcart.database.session import db, writing
from smartcart.database.turns import Turns
from tests.support.databases import ON_SQLITE, SQLITE
from tests.support.waiting import wait_for

LIMIT, STANDS_STILL = 2.0, 0.3
# A busy machine wakes a thread up late. In seconds.
LATE = 1.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LIMIT", LIMIT)
    monkeypatch.setattr(turns, "STANDS_STILL", STANDS_STILL)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(24) as threads:
        yield threads


def waited(turns: Turns, for_a_request: bool) -> float:
    """How long somebody waits who waits in vain, in seconds."""
    began = time.monotonic()
    with pytest.raises(TookTooLong), turns.take(for_a_request):
        pass
    return time.monotonic() - began


def test_of_requests_that_would_wait_for_somebody_who_stands_still_half_give_up_soon_and_later_ones_at_once(
    threads: ThreadPoolExecutor,
) -> None:
    ours = Turns()
    with ours.take():
        waiting: list[Future[float]] = [threads.submit(waited, ours, for_a_request=True) for _ in range(8)]
        wait_for(lambda: sum(each.done() for each in waiting) == 8 - turns.WAITING_REQUESTS)
        assert threads.submit(waited, ours, for_a_request=True).result() < STANDS_STILL
        times = sorted(each.result() for each in waiting)
    assert all(seconds < STANDS_STILL + LATE for seconds in times[:4])
    assert all(LIMIT <= seconds < LIMIT + LATE for seconds in times[4:])


def test_who_is_no_request_waits_out_the_limit(threads: ThreadPoolExecutor) -> None:
    ours = Turns()
    with ours.take():
        times = [each.result() for each in [threads.submit(waited, ours, for_a_request=False) for _ in range(16)]]
    assert all(LIMIT <= seconds < LIMIT + LATE for seconds in times)


def test_who_gave_up_is_not_given_the_turn(threads: ThreadPoolExecutor) -> None:
    ours = Turns()
    with ours.take():
        threads.submit(waited, ours, for_a_request=False).result()
    with ours.take() as seconds_left:
        assert seconds_left > LIMIT - LATE


@ON_SQLITE
def test_the_queue_and_another_programs_lock_are_waited_for_together(app: Flask, database: str) -> None:
    """Eight that write, and a program that holds the lock: the last has waited as long as the first."""

    def write() -> float:
        began = time.monotonic()
        with app.app_context(), pytest.raises(SQLAlchemyError) as failed, writing():
            pass
        assert isinstance(failed.value, (TookTooLong, OperationalError))
        return time.monotonic() - began

    with (
        closing(sqlite3.connect(database.removeprefix(SQLITE))) as other,
        ThreadPoolExecutor(8) as writers,
    ):
        other.execute("BEGIN IMMEDIATE")
        times = [each.result() for each in [writers.submit(write) for _ in range(8)]]
        other.rollback()
    assert max(times) < LIMIT + LATE
    with writing():
        db.session.execute(text("update product set stock = stock"))


@ON_SQLITE
def test_who_has_waited_for_a_turn_leaves_the_next_the_whole_limit(app: Flask, database: str) -> None:
    """The wait that is left of one turn is not what the next one gets."""
    patience: list[int] = []

    def write(action: Callable[[], object]) -> None:
        with app.app_context(), writing():
            action()
            patience.append(db.session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one())

    with ThreadPoolExecutor(1) as other:
        with writing():
            waiting = other.submit(write, lambda: None)
            began = time.monotonic()
            wait_for(lambda: time.monotonic() - began > 2 * STANDS_STILL)
        waiting.result()
    write(lambda: None)
    assert patience[0] <= (LIMIT - STANDS_STILL) * 1000
    assert patience[1] > (LIMIT - 0.1) * 1000
