"""One search for whatever an owner knows of an order."""

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.flow import desk, opening
from smartcart.rules.payment_states import State
from smartcart.shop import order_search
from smartcart.shop.models import Order
from smartcart.shop.search_models import OrderToIndex
from tests.admin.browser import AdminBrowser
from tests.admin.payments.test_monitor import settled
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.visitor import words

SEARCH = "/admin/search"
OTHERS = [("Zoë Müller-Lüdenscheidt", "zoe@post.example"), ("Ada Byron", "byron.ada+shop@example.org")]


def look_for(admin: AdminBrowser, text: str) -> TestResponse:
    return admin.post(SEARCH, {"q": text})


def numbers(page: TestResponse) -> list[str]:
    return re.findall(r'data-order="([^"]+)"', page.text)


def order_by(shopper: Shopper, name: str, email: str) -> None:
    """Somebody else orders at the same shop."""
    other = Shopper(shopper.client.application.test_client())
    other.put_into_cart()
    assert other.check_out(name=name, email=email).status_code == 303


@pytest.fixture
def session(shopper: Shopper) -> str:
    """Of order SC-1001, by Ada Lovelace, ada@example.org."""
    return shopper.order()


@pytest.fixture
def orders(session: str, shopper: Shopper) -> None:
    """That and two others, all taken up."""
    for name, email in OTHERS:
        order_by(shopper, name, email)
    assert order_search.take_up() == 3
    assert order_search.take_up() == 0


@ON_BOTH
def test_a_payment_is_found_by_its_order_or_its_id(admin: AdminBrowser, session: str) -> None:
    desk.cancel(session, "shopper")
    for wanted in ("SC-1001", "sc-1001", "sc 1001", "#1001", "1001", session, f" {session} "):
        answer = look_for(admin, wanted)
        assert (answer.status_code, answer.location) == (303, f"/admin/sessions/{session}"), wanted


@ON_BOTH
def test_a_payment_is_found_by_its_reference_at_the_gateway(
    admin: AdminBrowser, shopper: Shopper, session: str
) -> None:
    shopper.pay(session)
    reference = settled(session, State.COMPLETED).reference
    assert reference
    assert look_for(admin, reference).location == f"/admin/sessions/{session}"


def test_all_payments_of_an_order_are_found(admin: AdminBrowser, session: str) -> None:
    desk.cancel(session, "shopper")
    order_id = queries.find(session).order_id
    assert order_id
    second, _ = opening.open_for_order(order_id, "http://localhost", "shopper")
    page = look_for(admin, "SC-1001")
    assert re.findall(r'data-session="([^"]+)"', page.text) == [second, session]


@ON_BOTH
@pytest.mark.usefixtures("orders")
def test_an_order_is_found_by_name_and_e_mail_with_a_mistake_in_each_word(admin: AdminBrowser) -> None:
    for wanted, found in [
        ("Lovelace", "SC-1001"),
        ("ADA lovelace", "SC-1001"),
        ("lovlace", "SC-1001"),  # one too few
        ("lovellace ada", "SC-1001"),  # one too many
        ("lovelage", "SC-1001"),  # another
        ("aad lovelcae", "SC-1001"),  # the wrong way round, in each word
        ("love", "SC-1001"),  # its beginning
        ("ada@example.org", "SC-1001"),
        ("ada@exmaple.org", "SC-1001"),
        ("zoe", "SC-1002"),
        ("Zoë Muller", "SC-1002"),
        ("mueller", "SC-1002"),
        ("müler lüdenscheid", "SC-1002"),
        ("zoe@post.example", "SC-1002"),
        ("byron", "SC-1003"),
        ("shop byron", "SC-1003"),
    ]:
        answer = look_for(admin, wanted)
        assert (answer.status_code, answer.location) == (303, f"/admin/orders/{found}"), wanted


@pytest.mark.usefixtures("orders")
def test_all_orders_with_the_words_are_shown_the_newest_first(admin: AdminBrowser) -> None:
    assert numbers(look_for(admin, "ada")) == ["SC-1003", "SC-1001"]


@pytest.mark.usefixtures("orders")
def test_what_was_typed_right_is_not_mixed_with_what_is_like_it(admin: AdminBrowser, shopper: Shopper) -> None:
    order_by(shopper, "Ida Lovelace", "x@example.org")
    order_search.take_up()
    assert look_for(admin, "ida").location == "/admin/orders/SC-1004"
    assert numbers(look_for(admin, "lovelace")) == ["SC-1004", "SC-1001"]
    assert numbers(look_for(admin, "oda lovelace")) == ["SC-1004", "SC-1001"]


@pytest.mark.usefixtures("orders")
def test_a_word_that_no_order_has_is_left_out_and_told(admin: AdminBrowser) -> None:
    page = look_for(admin, "Countess Lovelace")
    assert "No order has “countess”, or a word like it. These have all else." in words(page.text)
    assert numbers(page) == ["SC-1001"]


@ON_BOTH
@pytest.mark.usefixtures("orders")
def test_of_a_word_of_very_many_the_newest_are_looked_at_and_it_is_told(
    admin: AdminBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcart.shop.order_search.MOST_ORDERS", 2)
    page = look_for(admin, "ada")
    assert "There may be older ones" in page.text
    assert numbers(page) == ["SC-1003", "SC-1001"]
    assert look_for(admin, "ada lovelace").location == "/admin/orders/SC-1001"


@pytest.mark.usefixtures("orders")
def test_what_is_not_there_is_not_found(admin: AdminBrowser) -> None:
    for wanted in ("SC-1", "%", "<script>", "\0", "a@\0b", "x" * 5000, "@", "☃", "a b c d", b"\xed\xa0\x80"):
        answer = admin.post(SEARCH, {"q": wanted})
        assert answer.status_code == 200
        assert "Nothing was found." in answer.text, wanted


def test_an_empty_search_asks_for_something(admin: AdminBrowser) -> None:
    assert "Write an order number, a name" in admin.read(SEARCH)
    assert "Write an order number, a name" in look_for(admin, " ").text


@pytest.mark.usefixtures("orders")
def test_what_is_looked_for_is_in_no_address_and_in_no_log(
    admin: AdminBrowser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    answer = look_for(admin, "ada@example.org")
    assert "ada" not in answer.location
    assert "ada@" not in caplog.text


@ON_BOTH
def test_orders_are_taken_up_a_batch_at_a_time_the_newest_first(
    session: str, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper.order()
    monkeypatch.setattr("smartcart.shop.order_search.BATCH", 1)
    monkeypatch.setattr("smartcart.shop.order_search.MOST_IN_A_TURN", 1)
    oldest, newest = db.session.scalars(select(Order.id).order_by(Order.id))
    assert order_search.take_up() == 1
    assert db.session.scalars(select(OrderToIndex.order_id)).all() == [oldest]
    assert order_search.find("lovelace", 9).order_ids == [newest]
    assert order_search.take_up() == 1
    assert order_search.find("lovelace", 9).order_ids == [newest, oldest]
