"""A thousand phones lose their network at once, or somebody wants to stop the shop: nobody else waits for them."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from smartcart.web.request_bodies import OF_ONE_ADDRESS
from tests.support.connections import LIMIT, connected, loopback, many_files, newcomer, post, rest, status
from tests.support.crowd import STALLED, come_in, stall
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

# What stalls has not yet come as far as the database.
pytestmark = ON_SQLITE

# Without them an answer takes some milliseconds; two busy cores need this much.
PROMPTLY = 3.0


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    shop = new_shop(trusted_proxies="127.200.0.0/16")
    shop.start()
    return shop


@pytest.fixture
def crowd(shop: RunningShop) -> Iterator[ExitStack]:
    """Connections that are kept open to the end of the test."""
    with many_files(4096), ExitStack() as open_connections:
        yield open_connections


def everything_is_answered(shop: RunningShop) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    for path in ["/livez", "/", f"/pay/{session}/status?seen=1", f"/pay/{session}"] * 5:
        begun = time.monotonic()
        assert visitor.get(path).status in (200, 204)
        assert time.monotonic() - begun < PROMPTLY, path
    assert visitor.pay(session).status == 303
    visitor.wait_until(session, "completed")


def test_eight_hundred_bodies_slow_headers_slow_readers_and_idle_connections_hold_nobody_up(
    shop: RunningShop, crowd: ExitStack
) -> None:
    come_in(crowd, shop.port)
    everything_is_answered(shop)


def test_of_one_address_only_so_many_are_waited_for(shop: RunningShop, crowd: ExitStack) -> None:
    greedy = loopback(5000)
    stalled = [stall(crowd, shop.port, post("/cart/lines", b"p", 1000), greedy) for _ in range(OF_ONE_ADDRESS + 1)]
    [one_too_many] = select.select(stalled, [], [], LIMIT)[0]
    answer = rest(one_too_many)
    assert (status(answer), "too much is being sent from your address" in answer.lower()) == (429, True)
    everything_is_answered(shop)


def test_eight_hundred_shoppers_behind_one_trusted_proxy_are_not_one_address(
    shop: RunningShop, crowd: ExitStack
) -> None:
    proxy = "127.200.0.1"
    for number in range(STALLED):
        caller = f"X-Forwarded-For: 203.0.{number // 250}.{number % 250}"
        stall(crowd, shop.port, post("/cart/lines", b"p", 1000, caller), proxy)
    somebody = newcomer(shop.port)
    body = f"csrf_token={somebody.token}&product=teapot&quantity=1".encode()
    with connected(shop.port, proxy) as through_proxy:
        headers = [somebody.cookie, "X-Forwarded-For: 198.51.100.7"]
        through_proxy.sendall(post("/cart/lines", body, len(body), *headers))
        assert status(rest(through_proxy)) == 303
    everything_is_answered(shop)


def test_the_system_notices_who_has_vanished(shop: RunningShop) -> None:
    """The connections of the shop have a timer of TCP's keep-alive: the number of one that waits for that is 2."""
    with connected(shop.port) as connection:
        port = connection.getsockname()[1]
        wait_for(lambda: _timers(shop.port, port) == ["02"])


def _timers(port: int, other_port: int) -> list[str]:
    """Of the shop's side of a connection, whether it was let in already or not."""
    with open("/proc/net/tcp") as connections:  # noqa: PTH123  # no file
        rows = [row.split() for row in connections]
    ours = [row for row in rows if row[1].endswith(f":{port:04X}") and row[2].endswith(f":{other_port:04X}")]
    return [row[5].partition(":")[0] for row in ours]
