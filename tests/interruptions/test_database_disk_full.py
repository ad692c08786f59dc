"""The disk is full: SQLite cannot make its file any longer, as with a limit on the size of what the shop may write."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interruptions.faulty import (
    SETTLED_WITHIN,
    assert_honest,
    assert_honest_to_programs,
    assert_log_is_calm,
    has_reached_the_gateway,
    open_shop,
    size_of,
)
from tests.interruptions.truth import attempts, charged, states_passed
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# The limit is on the size of each file that the shop writes, and the gateway's books are never as large: it lives.
PLENTY = 300_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with open_shop(RunningShop(tmp_path_factory.mktemp("full"))) as shop:
        log = Path(shop.database.removeprefix("sqlite:///") + "-wal")
        while size_of(log) < PLENTY:
            shop.visitor().order()
        yield shop


@pytest.fixture
def visitor(shop: RunningShop) -> Iterator[Visitor]:
    yield shop.visitor()
    clear_the_disk(shop)


def fill_the_disk(shop: RunningShop) -> None:
    """What the shop has written stays, and nothing can be added to it."""
    written = size_of(Path(shop.database.removeprefix("sqlite:///") + "-wal"))
    assert written >= PLENTY
    resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))


def clear_the_disk(shop: RunningShop) -> None:
    resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_press_on_pay_begins_nothing_and_can_be_made_again(shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    fill_the_disk(shop)
    assert_honest(visitor.pay(session))
    assert_honest_to_programs(visitor.call(f"/session/{session}/pay", method="sandbox_approve"))
    assert (attempts(shop, session), charged(shop, session)) == ([], 0)
    assert visitor.status(session).money == "not_taken"  # what is on record can still be read

    clear_the_disk(shop)
    assert visitor.pay(session).status == 303
    visitor.wait_until(session, "completed")
    assert (attempts(shop, session), charged(shop, session)) == ([(1, "approved")], 1)


def test_a_payment_under_way_is_settled_when_there_is_room_again(shop: RunningShop, visitor: Visitor) -> None:
    session, other = visitor.order(), visitor.order()
    visitor.pay(session, "sandbox_timeout_charged")
    wait_for(lambda: has_reached_the_gateway(shop, session))
    fill_the_disk(shop)
    assert_honest(visitor.pay(other))
    assert visitor.status(session).money == "checking"
    assert charged(shop, other) == 0

    clear_the_disk(shop)
    assert visitor.wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"
    assert charged(shop, session) == 1
    assert states_passed(shop, session) == ["created", "processing", "checking", "completed"]


def test_nothing_can_be_ordered_and_nothing_is_held(shop: RunningShop, visitor: Visitor) -> None:
    visitor.put_into_cart("teapot")
    left = shop.stock("teapot")
    fill_the_disk(shop)
    assert_honest(visitor.check_out())
    assert shop.stock("teapot") == left
    clear_the_disk(shop)
    assert visitor.check_out().status == 303
    assert shop.stock("teapot") == left - 1


def test_the_log_has_a_line_and_no_more(shop: RunningShop, visitor: Visitor) -> None:
    fill_the_disk(shop)
    for _ in range(3):
        visitor.post("/cart/lines", product="teapot", quantity="1")
    assert_log_is_calm(shop)
