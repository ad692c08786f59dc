"""PostgreSQL's connections are killed again and again, in quick succession, while shoppers order, pay and look."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.interruptions.faulty import SETTLED_WITHIN, assert_honest, assert_log_is_calm, end_connections, open_shop
from tests.interruptions.truth import charged
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.visitor import Answer, Visitor
from tests.support.waiting import wait_for

SHOPPERS = 6
# So often all are killed: again and again in the middle of a request, and twice within one that begins anew.
KILLS = 150
BETWEEN = 0.02


@pytest.fixture
def shop(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[RunningShop]:
    with open_shop(RunningShop(tmp_path, postgresql.create("killed"))) as shop:
        yield shop
    postgresql.drop("killed")


def test_whoever_is_not_answered_is_told_to_come_back(postgresql: PostgreSQL, shop: RunningShop) -> None:
    shoppers = [shop.visitor() for _ in range(SHOPPERS)]
    sessions = [shopper.order() for shopper in shoppers]
    with looking_and_paying(dict(zip(sessions, shoppers, strict=True))) as answers:
        for _ in range(KILLS):
            end_connections(postgresql, "killed")
            Event().wait(BETWEEN)
        enough = len(answers) + 10
        wait_for(lambda: len(answers) >= enough)
    seen = Counter(answer.status for answer in answers)
    broken = [answer for answer in answers if answer.status >= 500 and answer.status != 503]
    assert not broken, broken[0].text
    assert seen[503] > 0, "nobody met a connection that was killed: the test has shown nothing"
    for answer in answers:
        if answer.status == 503 and "<html" in answer.text:
            assert_honest(answer)
    assert_log_is_calm(shop)

    visitor = shop.visitor()
    for session in sessions:
        wait_for(lambda: visitor.status(session).money != "checking", SETTLED_WITHIN)  # noqa: B023
        assert charged(shop, session) <= 1


@contextmanager
def looking_and_paying(people: dict[str, Visitor]) -> Iterator[list[Answer]]:
    """Shoppers, by their sessions, who go on until the end of the block; returns what they are answered."""
    answers: list[Answer] = []
    over = Event()

    def go_on(visitor: Visitor, session: str) -> None:
        while not over.is_set():
            answers.extend(
                [
                    visitor.get("/"),
                    visitor.get(f"/pay/{session}"),
                    visitor.get(f"/pay/{session}/status?seen=1"),
                    visitor.get(f"/api/payments/session/{session}"),
                    visitor.get("/readyz"),
                    visitor.post("/cart/lines", product="teapot", quantity="1"),
                    visitor.post("/checkout", name="Ada", email=f"{session}@example.org"),
                    visitor.post(f"/pay/{session}/attempts", method="sandbox_approve"),
                ]
            )

    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        going = [shoppers.submit(go_on, visitor, session) for session, visitor in people.items()]
        try:
            yield answers
        finally:
            over.set()
    for each in going:
        each.result()
