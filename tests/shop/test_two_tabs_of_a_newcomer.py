"""Two tabs, opened at once by somebody who has never been here: in whatever order answers come, nothing is lost.

The browser is played here, because its cookies are to arrive when the test says so.
"""

import re
from collections.abc import Iterator
from contextvars import Context
from datetime import timedelta
from itertools import combinations

import pytest
from flask import Flask
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.page import joining
from smartcart.shop import cart
from smartcart.web import shopper
from tests.support.databases import ON_BOTH
from tests.support.shopper import product
from tests.support.two_at_once import overlapping

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
STEPS = 4


class Browser:
    """Cookies are kept when an answer is taken, and sent as they are when a request is made."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client(use_cookies=False)
        self.cookies: dict[str, str] = {}
        self.seen = ""

    def send(self, path: str, form: dict[str, str] | None = None) -> TestResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        return Context().run(
            self._client.open, path, method="GET" if form is None else "POST", data=form, headers=headers
        )

    def take(self, answer: TestResponse) -> str:
        for line in answer.headers.getlist("Set-Cookie"):
            ((name, value), *_) = parse_cookie(line.partition(";")[0]).items() or [(line.partition("=")[0], "")]
            self.cookies[name] = value
            if "Max-Age=0" in line or "01 Jan 1970" in line:
                del self.cookies[name]
        self.seen += answer.text
        return answer.text


def tab(browser: Browser, slug: str) -> Iterator[None]:
    """Opens the catalogue and puts something into the cart. Each step is a request sent or an answer that arrives."""
    page = browser.send("/")
    yield
    token = TOKEN.search(browser.take(page))
    assert token
    yield
    put = browser.send("/cart/lines", {"csrf_token": token[1], "product": slug, "quantity": "1"})
    assert put.status_code == 303, put.text
    yield
    browser.take(put)
    yield


# The two do the same, so it is one whichever of them begins.
@pytest.mark.parametrize("first", [each for each in combinations(range(2 * STEPS), STEPS) if each[0] == 0])
def test_both_things_lie_in_the_cart_and_both_tabs_say_so(app: Flask, first: tuple[int, ...]) -> None:
    """`first` are the moments at which the first tab goes on; at the others it is the second."""
    product("teapot")
    product("kettle")
    browser = Browser(app)
    tabs = tab(browser, "teapot"), tab(browser, "kettle")
    for moment in range(2 * STEPS):
        next(tabs[moment not in first])
    page = browser.take(browser.send("/cart"))
    assert 'data-testid="cart-count">2<' in page
    assert "€84.00" in page
    browser.take(browser.send("/cart"))
    for words in ("1 × Teapot put into your cart", "1 × Kettle put into your cart"):
        assert browser.seen.count(words) == 1


def test_an_order_of_one_tab_is_still_ones_own_when_an_older_answer_comes_last(app: Flask) -> None:
    product("teapot")
    browser = Browser(app)
    slow = browser.send("/")
    order = tab(browser, "teapot")
    for _ in range(STEPS):
        next(order)
    page = browser.take(browser.send("/checkout"))
    form = {"csrf_token": TOKEN.findall(page)[0], "name": "Ada Lovelace", "email": "ada@example.org"}
    placed = browser.send("/checkout", form)
    browser.take(slow)
    browser.take(placed)
    assert "ada@example.org" in browser.take(browser.send(placed.location))
    session = queries.find(placed.location.rpartition("/")[2])
    assert session.owner == session.order.shopper


@ON_BOTH
def test_two_orders_under_two_ids_belong_to_one_shopper(app: Flask) -> None:
    """Each tab knows the other's id only when both have ordered."""
    product("teapot")
    browsers = Browser(app), Browser(app)
    placed = []
    for browser in browsers:
        for _ in tab(browser, "teapot"):
            pass
        page = browser.take(browser.send("/checkout"))
        form = {"csrf_token": TOKEN.findall(page)[0], "name": "Ada Lovelace", "email": "ada@example.org"}
        answer = browser.send("/checkout", form)
        browser.take(answer)
        placed.append(answer.location)
    browsers[0].cookies |= browsers[1].cookies
    for path in placed:
        assert "ada@example.org" in browsers[0].take(browsers[0].send(path))


@ON_BOTH
def test_two_requests_that_join_at_once_join_once(app: Flask) -> None:
    product("teapot")
    browsers = Browser(app), Browser(app)
    for browser in browsers:
        for _ in tab(browser, "teapot"):
            pass
    both = browsers[0].cookies | browsers[1].cookies
    with app.test_request_context("/", headers={"Cookie": "; ".join("=".join(pair) for pair in both.items())}):
        first, others = shopper.current_shopper(), shopper.other_ids()
    assert len(others) == 1
    overlapping(app, *[lambda: joining.join(others, first)] * 2)
    assert [cart.count_of(each).answer() for each in (first, *others)] == [2, 0]


def test_an_id_that_did_not_race_is_given_nothing(app: Flask) -> None:
    """Whoever can set cookies at this address has planted an older one."""
    product("teapot")
    planted, mine = Browser(app), Browser(app)
    for browser, born in ((planted, clock.now() - timedelta(minutes=11)), (mine, clock.now())):
        clock.freeze(born)
        for _ in tab(browser, "teapot"):
            pass
    both = Browser(app)
    both.cookies = planted.cookies | mine.cookies
    both.take(both.send("/"))
    for browser in (planted, mine):
        assert 'data-testid="cart-count">1<' in browser.take(browser.send("/"))


def test_foreign_cookies_by_such_a_name_do_not_hide_ones_own(app: Flask) -> None:
    product("teapot")
    browser = Browser(app)
    for _ in tab(browser, "teapot"):
        pass
    browser.cookies |= {f"smartcart_shopper_!{number}": "0.0.x" for number in range(20)}
    assert 'data-testid="cart-count">1<' in browser.take(browser.send("/"))


def test_a_token_of_somebody_else_is_not_taken(app: Flask) -> None:
    product("teapot")
    mine, other = Browser(app), Browser(app)
    mine.take(mine.send("/"))
    stolen = TOKEN.findall(other.take(other.send("/")))[0]
    form = {"csrf_token": stolen, "product": "teapot", "quantity": "1"}
    assert mine.send("/cart/lines", form).status_code == 400
    assert Browser(app).send("/cart/lines", form).status_code == 400


def test_a_cart_of_a_browser_that_was_here_before_the_id_had_a_cookie_of_its_own_is_kept(app: Flask) -> None:
    product("teapot")
    browser = Browser(app)
    for _ in tab(browser, "teapot"):
        pass
    known = next(value.split(".")[2] for name, value in browser.cookies.items() if "shopper" in name)
    before = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    browser.cookies = {"smartcart": before.dumps({"shopper": known, "csrf_token": "x", "_permanent": True})}
    assert "Teapot" in browser.take(browser.send("/cart"))
    del browser.cookies["smartcart"]
    assert "Teapot" in browser.take(browser.send("/cart"))


def test_an_answer_without_anybody_gives_nobody_an_id(app: Flask) -> None:
    for path in ("/livez", "/pay/nowhere", "/api/payments/session/nothing", "/nothing"):
        assert "Set-Cookie" not in Browser(app).send(path).headers, path


def test_a_page_sets_no_cookie_of_a_shopper_who_is_known(app: Flask) -> None:
    browser = Browser(app)
    browser.take(browser.send("/"))
    assert "Set-Cookie" not in browser.send("/").headers
