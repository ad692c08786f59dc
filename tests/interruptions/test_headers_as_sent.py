"""A header that is not ASCII, set by any script of the same site, takes nothing away from a shopper (PEP 3333)."""

from collections.abc import Callable

import pytest

from smartcart.web.shopper import PREFIX
from tests.support.connections import Newcomer, ask, connected, newcomer, post, rest, set_cookies, status
from tests.support.running import RunningShop
from tests.support.visitor import words

# Latin-1, UTF-8, and bytes that are neither.
FOREIGN = ["prefs=fr\xfchst\xfcck", "prefs=" + "frühstück ☕".encode().decode("latin-1"), "prefs=\xff\xfe\x80", "\xe9"]


@pytest.fixture
def shopper(shared_shop: RunningShop) -> Newcomer:
    """Somebody with a teapot in the cart."""
    somebody = newcomer(shared_shop.port)
    answer = put_into_cart(shared_shop, somebody, somebody.cookie)
    assert status(answer) == 303
    return Newcomer(somebody.cookies | set_cookies(answer), somebody.token)


def put_into_cart(shop: RunningShop, somebody: Newcomer, *headers: str) -> str:
    body = f"csrf_token={somebody.token}&product=teapot&quantity=1".encode()
    with connected(shop.port) as connection:
        connection.sendall(post("/cart/lines", body, len(body), *headers))
        return rest(connection)


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_broken_foreign_cookie_costs_no_cart_and_no_press(
    shared_shop: RunningShop, shopper: Newcomer, foreign: str
) -> None:
    for cookie in (f"{shopper.cookie}; {foreign}", f"Cookie: {foreign}; {shopper.cookie.removeprefix('Cookie: ')}"):
        page = ask(shared_shop.port, "/cart", cookie)
        assert "Teapot" in words(page)
        assert not [name for name in set_cookies(page) if name.startswith(PREFIX)], "its own is not written over"
        assert status(put_into_cart(shared_shop, shopper, cookie)) == 303


def test_in_a_header_of_its_own_neither(shared_shop: RunningShop, shopper: Newcomer) -> None:
    """HTTP/2 splits cookies (RFC 9113 §8.2.3), and a proxy may hand them on like that."""
    assert "Teapot" in words(ask(shared_shop.port, "/cart", shopper.cookie, f"Cookie: {FOREIGN[1]}"))


@pytest.mark.parametrize(
    "header", ["User-Agent", "Referer", "Accept-Language", "X-Forwarded-For", "Authorization", "Idempotency-Key"]
)
def test_any_other_header_may_have_such_bytes(
    shared_shop: RunningShop, shopper: Newcomer, header: str, log_of: Callable[[], str]
) -> None:
    page = ask(shared_shop.port, "/cart", shopper.cookie, f"{header}: \xfc{FOREIGN[1]}")
    assert "Teapot" in words(page)
    assert "Traceback" not in log_of()


def test_a_header_that_passes_for_another_is_none(shared_shop: RunningShop, shopper: Newcomer) -> None:
    """CGI has one name for both X-A_B and X-A-B, by which the first would pass a proxy that sets the second."""
    assert "There is nothing in it yet" in words(ask(shared_shop.port, "/cart", "Coo_kie: a=b"))
    page = ask(shared_shop.port, "/", "HX_Request: true")
    assert "<html" in page


@pytest.fixture
def log_of(shared_shop: RunningShop) -> Callable[[], str]:
    begun = len(shared_shop.log.read_text())
    return lambda: shared_shop.log.read_text()[begun:]
