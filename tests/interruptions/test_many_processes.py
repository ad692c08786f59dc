"""Two web processes and two workers on one PostgreSQL: nobody leads, and everything is done once."""

import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.interruptions import crashing_shop
from tests.interruptions.truth import attempts, charged, let_time_run_out, state_on_record, states_passed
from tests.support.databases import Databases
from tests.support.forks import Forked
from tests.support.running import START_LIMIT, RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True, scope="session")

INTERVAL = 0.3
# A busy machine, and two workers that take turns.
LIMIT = 30.0
MANY = 12


class Web(RunningShop):
    """One of several web processes on one database and one set of books at the gateway; its workers may be trapped."""

    @property
    def trap(self) -> Path:
        return self.folder / "trap"

    def program(self) -> list[str]:
        return [crashing_shop.__name__, str(self.trap)]


@pytest.fixture(scope="module")
def webs(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Web, Web]]:
    folder, database = tmp_path_factory.mktemp("many"), databases.create(prepared_database)
    webs = Web(folder, database, reconcile_interval=INTERVAL), Web(folder, database, reconcile_interval=INTERVAL)
    for web in webs:
        web.start("--no-schedule")
    yield webs
    for web in webs:
        web.stop()
    assert webs[0].audit() == []


@pytest.fixture
def visitors(webs: tuple[Web, Web]) -> tuple[Visitor, Visitor]:
    return webs[0].visitor(), webs[1].visitor()


@pytest.fixture
def start_workers(webs: tuple[Web, Web]) -> Iterator[Callable[[], list[Forked]]]:
    workers: list[Forked] = []

    def at_work() -> int:
        return sum("Working" in line for line in webs[0].log_lines())

    def start() -> list[Forked]:
        both = at_work() + 2
        workers.extend(webs[0].spawn("worker") for _ in range(2))
        wait_for(lambda: at_work() == both, START_LIMIT)
        return workers

    yield start
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(LIMIT) in (0, -signal.SIGKILL)


def test_every_session_is_asked_about_by_one_worker_at_a_time(
    webs: tuple[Web, Web], visitors: tuple[Visitor, Visitor], start_workers: Callable[[], object]
) -> None:
    """Each wait is twice as long as the one before; two workers at work on one session would ask in between."""
    at_the_bank = order(visitors, "sandbox_challenge")
    for session in at_the_bank:
        visitors[1].wait_until(session, "action_required")
    start_workers()
    wait_for(lambda: all(len(asked(webs[0], session)) >= 4 for session in at_the_bank), LIMIT)
    for session in at_the_bank:
        moments = asked(webs[0], session)
        assert len(moments) == webs[0].rows("select looks from payment_session where id = ?", session)[0][0]
        for looks, (before, after) in enumerate(pairwise(moments)):
            assert after - before >= timedelta(seconds=INTERVAL * 2**looks), moments
        visitors[0].cancel(session)
    for session in at_the_bank:
        visitors[1].wait_until(session, "cancelled", limit=LIMIT)


def test_automatic_retries_happen_once(
    webs: tuple[Web, Web], visitors: tuple[Visitor, Visitor], start_workers: Callable[[], object]
) -> None:
    sessions = order(visitors, "sandbox_unreachable_once")
    start_workers()
    for session in sessions:
        visitors[1].wait_until(session, "completed", limit=LIMIT)
        assert attempts(webs[0], session) == [(1, "unreachable"), (2, "approved")]
        assert charged(webs[0], session) == 1


def test_two_sweeps_expire_each_session_once_and_give_its_goods_back_once(
    webs: tuple[Web, Web], visitors: tuple[Visitor, Visitor], start_workers: Callable[[], object]
) -> None:
    shop = webs[0]
    before = shop.stock("teapot")
    untried, declined = order(visitors), order(visitors, "sandbox_decline")
    for session in declined:
        visitors[0].wait_until(session, "interrupted")
    assert shop.stock("teapot") == before - len(untried) - len(declined)
    for session in untried + declined:
        let_time_run_out(shop, session)
    start_workers()
    for session in untried + declined:
        wait_for(lambda session=session: state_on_record(shop, session) == "expired", LIMIT)  # type: ignore[misc]
        assert states_passed(shop, session).count("expired") == 1
    assert shop.stock("teapot") == before


def test_what_a_killed_worker_had_taken_is_done_by_the_other(
    webs: tuple[Web, Web], visitors: tuple[Visitor, Visitor], start_workers: Callable[[], list[Forked]]
) -> None:
    in_the_dark = order(visitors, "sandbox_timeout_charged")
    for session in in_the_dark:
        visitors[1].wait_until(session, "checking")
    webs[0].trap.write_text("the gateway is asked")
    workers = start_workers()
    wait_for(lambda: [worker for worker in workers if worker.poll() == -signal.SIGKILL], LIMIT)
    for session in in_the_dark:
        visitors[0].wait_until(session, "completed", limit=LIMIT)
        assert charged(webs[0], session) == 1
        assert states_passed(webs[0], session) == ["created", "processing", "checking", "completed"]
    assert len([worker for worker in workers if worker.poll() is None]) == 1


def order(visitors: tuple[Visitor, Visitor], method: str = "") -> list[str]:
    """Orders by two visitors, each paid at the other web process than it was ordered at, if a method is given."""
    sessions = []
    for visitor, other in (visitors, visitors[::-1]):
        for _ in range(MANY // 2):
            sessions.append(visitor.order())
            if method:
                other.pay(sessions[-1], method)
    return sessions


def asked(shop: RunningShop, session: str) -> list[datetime]:
    """When the gateway was asked and did not know."""
    rows: list[Any] = shop.rows(
        "select at from payment_event where session_id = ? and kind = 'asked' order by id", session
    )
    return [at for (at,) in rows]
