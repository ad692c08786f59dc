"""PostgreSQL is stopped or killed while payments are under way, and comes back."""

from collections.abc import Callable, Iterator

import pytest

from tests.interruptions.faulty import (
    SETTLED_WITHIN,
    assert_honest,
    assert_honest_to_programs,
    assert_log_is_calm,
    has_reached_the_gateway,
    open_shop,
)
from tests.interruptions.truth import attempts, charged, let_time_run_out, state_on_record, states_passed
from tests.support.ports import free_port
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL(free_port())
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def shop(server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with open_shop(RunningShop(tmp_path_factory.mktemp("lost"), server.create("shop"))) as shop:
        yield shop


@pytest.fixture
def visitor(shop: RunningShop) -> Visitor:
    return shop.visitor()


def stop(server: PostgreSQL) -> None:
    server.stop()


def kill(server: PostgreSQL) -> None:
    server.kill()


@pytest.mark.parametrize("lose", [stop, kill])
def test_every_payment_ends_right_when_it_is_back(
    server: PostgreSQL, shop: RunningShop, visitor: Visitor, lose: Callable[[PostgreSQL], None]
) -> None:
    silent, quick, lost, declined, untouched, expiring = (visitor.order() for _ in range(6))
    visitor.pay(declined, "sandbox_decline")
    visitor.wait_until(declined, "interrupted")
    visitor.pay(silent, "sandbox_timeout_charged")
    visitor.pay(lost, "sandbox_lost_reply")
    visitor.pay(quick)
    under_way = {silent, quick, lost}
    wait_for(lambda: all(has_reached_the_gateway(shop, session) for session in under_way))
    let_time_run_out(shop, expiring)
    lose(server)

    for path in (f"/pay/{silent}", f"/pay/{silent}/status?seen=1", "/", "/cart"):
        assert_honest(visitor.get(path))
    assert_honest(visitor.pay(untouched))
    assert_honest_to_programs(visitor.get(f"/api/payments/session/{silent}"))
    assert_honest_to_programs(visitor.call(f"/session/{untouched}/pay", method="sandbox_approve"))
    assert (visitor.get("/livez").status, visitor.get("/readyz").status) == (200, 503)

    server.start()
    for session in under_way:
        assert visitor_after(shop, visitor).wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"
        assert charged(shop, session) == 1
        assert states_passed(shop, session)[-1] == "completed"
    wait_for(lambda: state_on_record(shop, expiring) == "expired")
    assert (attempts(shop, untouched), charged(shop, untouched)) == ([], 0)
    for session in (untouched, declined):
        assert visitor.pay(session).status == 303
        visitor.wait_until(session, "completed")
        assert charged(shop, session) == 1
    assert_log_is_calm(shop)


def visitor_after(shop: RunningShop, visitor: Visitor) -> Visitor:
    """The visitor, once the shop answers again."""
    wait_for(lambda: visitor.get("/readyz").status == 200, SETTLED_WITHIN)
    return visitor
