"""The network breaks in the middle of what somebody sends: that is no message, and nothing is done (RFC 9112 §6.3)."""

import json
import socket
from collections.abc import Callable

import pytest

from tests.support.connections import Newcomer, ask, connected, newcomer, post, reset, rest, status
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import words

# What is cut short never comes as far as the database.
pytestmark = ON_SQLITE

Ending = Callable[[socket.socket], str]


def fin(connection: socket.socket) -> str:
    connection.shutdown(socket.SHUT_WR)
    return rest(connection)


def rst(connection: socket.socket) -> str:
    reset(connection)
    return ""


@pytest.fixture
def somebody(shared_shop: RunningShop) -> Newcomer:
    return newcomer(shared_shop.port)


def sent_short(shop: RunningShop, request: bytes, ending: Ending) -> str:
    with connected(shop.port) as connection:
        connection.sendall(request)
        return ending(connection)


def lines_of_cart(shop: RunningShop) -> list[tuple[str, int]]:
    found = shop.rows("select shopper, quantity from cart_line")
    return sorted((shopper, quantity) for shopper, quantity in found)


@pytest.mark.parametrize("ending", [fin, rst])
@pytest.mark.parametrize("announced", [True, False])
def test_a_form_that_breaks_off_puts_nothing_into_the_cart(
    shared_shop: RunningShop, somebody: Newcomer, ending: Ending, announced: bool
) -> None:
    """quantity=12, of which the last digit is lost; or chunks without their end."""
    before = lines_of_cart(shared_shop)
    whole = f"csrf_token={somebody.token}&product=teapot&quantity=12".encode()
    request = post("/cart/lines", whole[:-1], len(whole) if announced else None, somebody.cookie)
    answer = sent_short(shared_shop, request, ending)
    if ending is fin:
        assert status(answer) == 400
        assert "broke off on its way, so nothing was done" in words(answer)
    for _ in range(3):  # by then it would have been taken for the whole
        assert lines_of_cart(shared_shop) == before
        ask(shared_shop.port, "/cart", somebody.cookie)


@pytest.mark.parametrize("announced", [True, False])
def test_json_that_is_a_byte_short_opens_nothing(shared_shop: RunningShop, announced: bool) -> None:
    key = shared_shop.command("api-key", "create", f"merchant {announced}").stdout.strip()
    body = json.dumps({"reference": f"B-{announced}", "amount": 4200, "currency": "EUR"}).encode() + b"\n"
    headers = ["Content-Type: application/json", f"Authorization: Bearer {key}"]
    request = post("/api/payments/session/create", body[:-1], len(body) if announced else None, *headers)
    answer = sent_short(shared_shop, request, fin)
    assert (status(answer), "application/problem+json" in answer) == (400, True)
    assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "incomplete"
    assert shared_shop.rows("select id from payment_session where order_reference = ?", f"B-{announced}") == []


def test_the_same_things_whole_are_done(shared_shop: RunningShop, somebody: Newcomer) -> None:
    """Or the tests above would show nothing."""
    before = lines_of_cart(shared_shop)
    whole = f"csrf_token={somebody.token}&product=teapot&quantity=12".encode()
    assert status(sent_short(shared_shop, post("/cart/lines", whole, len(whole), somebody.cookie), rest)) == 303
    chunked = post("/cart/lines", whole, None, somebody.cookie) + b"0\r\n\r\n"
    assert status(sent_short(shared_shop, chunked, rest)) == 303
    assert [quantity for _, quantity in lines_of_cart(shared_shop) if (_, quantity) not in before] == [24]
