"""Another program holds SQLite's write lock for longer than anybody waits: whoever only reads is not kept waiting."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from smartcart.database.turns import LIMIT, STANDS_STILL
from smartcart.server.granian_worker import REQUEST_THREADS
from tests.interruptions.faulty import assert_honest, assert_log_is_calm, open_shop
from tests.support.running import RunningShop
from tests.support.visitor import Answer, Visitor

# A busy machine answers late. In seconds.
LATE = 3.0


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with open_shop(RunningShop(tmp_path)) as shop:
        yield shop


def test_pages_and_polls_answer_while_more_wait_to_write_than_there_are_threads(shop: RunningShop) -> None:
    shoppers = [shop.visitor() for _ in range(2 * REQUEST_THREADS)]
    sessions = [shopper.order() for shopper in shoppers]
    reader = shop.visitor()
    session = reader.order()
    with closing(sqlite3.connect(shop.database.removeprefix("sqlite:///"))) as other:
        other.execute("begin immediate")
        with ThreadPoolExecutor(len(shoppers)) as threads:
            presses: list[Future[tuple[Answer, float]]] = [
                threads.submit(press, shopper, session) for shopper, session in zip(shoppers, sessions, strict=True)
            ]
            looks = []
            while not all(each.done() for each in presses):
                looks.append(timed_look(reader, session))
            answers = [each.result() for each in presses]
        other.rollback()
    assert max(looks) < STANDS_STILL + LATE
    for answer, seconds in answers:
        assert_honest(answer)
        assert seconds < LIMIT + LATE
    assert shoppers[0].pay(sessions[0]).status == 303
    shoppers[0].wait_until(sessions[0], "completed")
    assert_log_is_calm(shop)


def press(shopper: Visitor, session: str) -> tuple[Answer, float]:
    """A press on Pay, and how long its answer took, in seconds."""
    began = time.monotonic()
    answer = shopper.pay(session)
    return answer, time.monotonic() - began


def timed_look(reader: Visitor, session: str) -> float:
    began = time.monotonic()
    assert reader.status(session).money == "not_taken"
    assert reader.get("/").status == 200
    return time.monotonic() - began
