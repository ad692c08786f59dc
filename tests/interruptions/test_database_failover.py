"""PostgreSQL is killed in the middle of many payments, and its synchronous standby goes on in its place.

`SMARTCART_TEST_PAYMENTS=200 pytest tests/interruptions/test_database_failover.py` plays so many.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from smartcart.rules.payment_states import OPEN
from tests.interruptions.faulty import assert_log_is_calm, open_shop
from tests.support.databases import look_into
from tests.support.ports import free_port
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.visitor import Answer, Visitor
from tests.support.waiting import wait_for

PAYMENTS = int(os.environ.get("SMARTCART_TEST_PAYMENTS", "40"))
SHOPPERS = 8
# What shoppers meet, and how the payment ends by itself or when they press once more.
METHODS = [
    "sandbox_approve",
    "sandbox_approve",
    "sandbox_timeout_charged",
    "sandbox_lost_reply",
    "sandbox_unreachable_once",
    "sandbox_timeout",
    "sandbox_decline",
]
# For one step of one shopper: the shop notices, finds the other server, and does what it was asked again.
PATIENCE = 40.0


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[PostgreSQL, PostgreSQL]]:
    first = PostgreSQL(free_port())
    try:
        first.start()
        first.create("shop")
        standby = first.add_standby(free_port())
        try:
            yield first, standby
        finally:
            standby.remove()
    finally:
        first.remove()


@pytest.fixture(scope="module")
def shop(servers: tuple[PostgreSQL, PostgreSQL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    address = f"postgresql://postgres@{hosts}/shop?target_session_attrs=read-write"
    with open_shop(RunningShop(tmp_path_factory.mktemp("failover"), address)) as shop:
        shop.put_on_sale("teapot", 100_000)
        yield shop


def test_no_payment_is_charged_twice_lost_or_stuck(servers: tuple[PostgreSQL, PostgreSQL], shop: RunningShop) -> None:
    first, standby = servers
    chance = random.Random(1)  # noqa: S311
    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        payments = [shoppers.submit(pay_once, shop, chance.choice(METHODS)) for _ in range(PAYMENTS)]
        wait_for(lambda: done(payments) >= PAYMENTS // 2, PAYMENTS)
        in_flight = shop.rows("select count(*) from payment_session where state in ('processing', 'checking')")[0][0]
        first.kill()
        standby.promote()
        wait(payments)
    sessions = [payment.result() for payment in payments]
    wait_for(lambda: not stuck(shop, sessions), PATIENCE)

    states = dict(shop.rows("select id, state from payment_session"))
    books = Counter(
        session for (session,) in look_into(shop.ledger, "select session from charge join reference using (reference)")
    )
    assert in_flight, "nothing was under way: the test has shown nothing"
    assert [session for session, charges in books.items() if charges > 1] == []
    assert [session for session in books if states.get(session) != "completed"] == []
    assert [session for session, state in states.items() if state == "completed" and session not in books] == []
    assert all(session in states for session in sessions)
    assert_log_is_calm(shop)


def done(payments: list[Future[str]]) -> int:
    return sum(payment.done() for payment in payments)


def stuck(shop: RunningShop, sessions: list[str]) -> list[str]:
    """The sessions that nobody knows the end of."""
    dark = {session for session, state in shop.rows("select id, state from payment_session") if state in OPEN}
    return [session for session in sessions if session in dark and not at_rest(shop, session)]


def at_rest(shop: RunningShop, session: str) -> bool:
    asked = "select 1 from payment_session where id = ? and state in ('created', 'interrupted') and retry_at is null"
    return bool(shop.rows(asked, session))


def pay_once(shop: RunningShop, method: str) -> str:
    """One shopper, who orders, presses Pay, and looks until it is known what came of it. Returns the session's id."""
    visitor = shop.visitor()
    wait_for(lambda: token(visitor), PATIENCE)
    session = wait_for(lambda: order(visitor), PATIENCE)
    insist(lambda: visitor.pay(session, method), 303, 409)
    wait_for(lambda: is_known(visitor, session), PATIENCE)
    return session


def token(visitor: Visitor) -> str:
    """The token of this browser's forms; empty while there is no page."""
    try:
        return visitor.token()
    except ConnectionError:
        return ""


def order(visitor: Visitor) -> str:
    """The session's id; empty when the order was placed already, and the answer lost: the cart is empty then."""
    insist(lambda: visitor.post("/cart/lines", product="teapot", quantity="1"), 303)
    _, _, session = insist(visitor.check_out, 303).location.partition("/pay/")
    return session


def insist(press: Callable[[], Answer], *accepted: int) -> Answer:
    """Do something until the shop can reach its books."""

    def answered() -> Answer | None:
        answer = press()
        assert answer.status in (*accepted, 503), answer.text
        return answer if answer.status in accepted else None

    return wait_for(answered, PATIENCE)


def is_known(visitor: Visitor, session: str) -> bool:
    answer = visitor.get(f"/api/payments/session/{session}")
    assert answer.status in (200, 503), answer.text
    return bool(answer.json["money"] != "checking")
