"""Somebody sends hundreds of kilobytes of headers: they are told so before anybody reads them, and nothing is done."""

from collections.abc import Callable

import pytest

from smartcart.server.wsgi_bridge import LARGEST_HEADERS
from tests.support.connections import connected, post, rest, status
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop

# What is refused has not yet come as far as the database.
pytestmark = ON_SQLITE

SOME = 1024  # for what a request has besides


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    shop = new_shop()
    shop.start()
    return shop


def headers(size: int) -> str:
    return f"Accept-Encoding: {'gzip;q=0.5,' * (size // 11)}br"


def answer(shop: RunningShop, request: bytes) -> str:
    with connected(shop.port) as connection:
        connection.sendall(request)
        return rest(connection)


def get(path: str, size: int) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers(size)}\r\n\r\n".encode()


def test_what_is_too_large_is_refused_wherever_it_is_sent(shop: RunningShop) -> None:
    session = shop.visitor().order()
    for path in ("/", f"/pay/{session}", f"/pay/{session}/status?seen=0", "/admin/", "/livez"):
        page = answer(shop, get(path, 300_000))
        assert status(page) == 431, path
        assert "headers may have 32 KB at most" in page


def test_a_program_is_told_in_json(shop: RunningShop) -> None:
    for request in (
        get("/api/payments/session/active", 300_000),
        post("/api/payments/session/create", b"{}", 2, headers(300_000)),
    ):
        told = answer(shop, request)
        assert status(told) == 431
        assert "application/problem+json" in told
        assert '"code": "headers_too_large"' in told


def test_nothing_is_done_by_it(shop: RunningShop) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    told = answer(shop, post(f"/pay/{session}/attempts", b"method=sandbox_approve", 22, headers(300_000)))
    assert status(told) == 431
    assert visitor.pay(session).status == 303
    visitor.wait_until(session, "completed")


def test_as_much_as_may_be_sent_is_read(shop: RunningShop) -> None:
    assert status(answer(shop, get("/", LARGEST_HEADERS - SOME))) == 200
    assert status(answer(shop, get("/", LARGEST_HEADERS))) == 431
