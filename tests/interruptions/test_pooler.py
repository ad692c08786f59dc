"""The shop through PgBouncer in transaction mode: with each transaction another process of the server may answer."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from smartcart.database.postgresql import SETTINGS
from tests.interruptions.faulty import open_shop
from tests.interruptions.truth import let_time_run_out, state_on_record
from tests.support import pgbouncer
from tests.support.pgbouncer import PREPARES_SINCE, PgBouncer
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

SHOPPERS = 6
# The driver prepares what it has sent five times over one connection, of which the shop has sixteen.
ORDERS, POLLS = 40, 10
# What an older version of the shop, or a stranger, has left at a process of the server.
LEFT_BEHIND = """prepare "a look" (int, text) as select 1 where $1 < 1000 or $2 = ''"""


# By what stands in PgBouncer's settings; before 1.21 it had no prepared statements of its own.
KINDS = {"plain": ""}
if pgbouncer.version() >= PREPARES_SINCE:
    KINDS = {"plain": "max_prepared_statements = 0", "with its prepared statements": "max_prepared_statements = 100"}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def pooler(request: pytest.FixtureRequest, postgresql: PostgreSQL) -> Iterator[PgBouncer]:
    if not pgbouncer.PROGRAM:
        pytest.skip(pgbouncer.NONE)
    pooler = PgBouncer(postgresql, request.param)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.remove()


@pytest.fixture
def shop(pooler: PgBouncer, postgresql: PostgreSQL, tmp_path: Path) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path, pooler.url("pooled"))
    shop.database = postgresql.create("pooled")  # where the test looks, past the pooler
    try:
        with open_shop(shop):
            yield shop
    finally:
        postgresql.drop("pooled")


def test_orders_payments_polls_and_jobs_work_as_without_it(shop: RunningShop) -> None:
    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        expired = [shoppers.submit(buy_and_leave, shop) for _ in range(SHOPPERS)]
        paid = [shoppers.submit(buy, shop) for _ in range(ORDERS)]
        sessions = [each.result() for each in paid]
        for session in [each.result() for each in expired]:
            wait_for(lambda: state_on_record(shop, session) == "expired")  # noqa: B023
    assert len(set(sessions)) == ORDERS
    assert [line for line in shop.log_lines() if "error" in line.lower()] == []
    found = json.loads(shop.command("doctor", "--json").stdout)["findings"]
    [books] = [finding for finding in found if finding["subject"] == "database"]
    assert (books["verdict"], "through a pooler" in books["found"]) == ("ok", True)


def test_what_a_stranger_left_behind_at_the_server_is_not_met(shop: RunningShop, pooler: PgBouncer) -> None:
    for _ in range(20):  # at every process of its pool, sooner or later
        say(pooler, LEFT_BEHIND)
    buy(shop)
    assert [line for line in shop.log_lines() if "error" in line.lower()] == []


def test_nothing_that_is_said_outlasts_its_transaction(shop: RunningShop, pooler: PgBouncer) -> None:
    buy(shop)
    for _ in range(10):
        for name, value in SETTINGS.items():
            if name != "default_transaction_isolation":  # which is what it is anyway
                assert say(pooler, f"show {name}") != value


def buy_and_leave(shop: RunningShop) -> str:
    session = shop.visitor().order()
    let_time_run_out(shop, session)
    return session


def buy(shop: RunningShop) -> str:
    """Somebody who orders, pays, and looks all the while."""
    visitor: Visitor = shop.visitor()
    session = visitor.order()
    assert visitor.pay(session).status == 303
    seen = [visitor.get(f"/pay/{session}/status?seen={look}").status for look in range(POLLS)]
    assert set(seen) <= {200, 204}
    visitor.wait_until(session, "completed")
    assert visitor.get(f"/pay/{session}").status == 200
    return session


def say(pooler: PgBouncer, statement: str) -> str:
    """Say something through the pooler; returns what came first, if anything."""
    with psycopg.connect(pooler.url("pooled"), autocommit=True, prepare_threshold=None) as connection:
        try:
            said = connection.execute(statement)
        except psycopg.errors.DuplicatePreparedStatement:
            return ""
        return str(said.fetchone()[0]) if said.description else ""
