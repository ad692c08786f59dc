"""What ended unpaid is ordered again by its link: at today's prices, shown before, with one press, and once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.core import queries
from smartcart.payments.flow import desk
from smartcart.payments.page import recovery_links
from smartcart.rules.payment_states import State
from smartcart.shop import deliveries, shipping
from smartcart.shop.models import Order, Product
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for
from tests.web.test_privacy import PERSONAL


@pytest.fixture
def holder(app: Flask) -> Shopper:
    return Shopper(app.test_client())


def link(session: str) -> str:
    return f"/resume/{recovery_links.token(session, clock.now())}"


def given_up(shopper: Shopper, quantity: int = 2) -> str:
    """A session of so many teapots that was cancelled."""
    session = shopper.order(quantity=quantity)
    desk.cancel(session, "shopper")
    assert queries.find(session).state is State.CANCELLED
    return session


def change(slug: str = "teapot", **values: Any) -> None:
    with writing():
        db.session.execute(update(Product).where(Product.slug == slug).values(**values))


def press(holder: Shopper, address: str, **fields: str) -> Any:
    """The button of the page that asks, as it was shown."""
    page = holder.get(f"{address}/again").text
    shown = re.search(r'name="sum" value="([^"]+)"', page)
    assert shown, page
    return holder.post(f"{address}/again", {"sum": shown[1], **fields})


def orders() -> list[Order]:
    db.session.rollback()
    return db.session.query(Order).order_by(Order.id).all()


def in_stock(slug: str = "teapot") -> int:
    db.session.rollback()
    return product(slug).stock


def test_the_way_there_is_on_the_page_of_the_link(shopper: Shopper, holder: Shopper) -> None:
    address = link(given_up(shopper))
    page = holder.get(address).text
    assert f'href="{address}/again">Order again</a>' in page
    assert "/pay/" not in page


def test_the_sum_of_then_and_that_of_today_are_shown_before(shopper: Shopper, holder: Shopper) -> None:
    session = given_up(shopper)
    change(price=4500)
    page = holder.get(f"{link(session)}/again")
    assert page.status_code == 200
    assert "Total today" in page.text
    assert "€90.00" in page.text
    assert "Before, all of it was €84.00." in page.text
    assert not PERSONAL.search(page.text)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert len(orders()) == 1


def test_one_press_takes_the_stock_at_the_price_of_today_for_who_ordered_before(
    shopper: Shopper, holder: Shopper
) -> None:
    session = given_up(shopper)
    change(price=4500)
    answer = press(holder, link(session))
    assert answer.status_code == 303
    old, new = orders()
    assert (new.amount, new.shopper, new.name, new.email) == (9000, old.shopper, old.name, old.email)
    assert in_stock() == 3
    page = holder.get(answer.location)
    assert 'data-state="created"' in page.text
    assert "Payment of €90.00" in page.text
    assert not PERSONAL.search(page.text)
    assert "Teapot" not in shopper.get("/cart").text.partition("<main")[2]

    holder.post(f"{answer.location}/attempts", {"method": "sandbox_approve"})
    wait_for(lambda: queries.find(queries.latest_of_order(new.token)).state is State.COMPLETED)


def test_a_second_press_leads_to_the_same_order(shopper: Shopper, holder: Shopper) -> None:
    address = link(given_up(shopper))
    first = press(holder, address)
    second = holder.post(f"{address}/again", {"sum": "8400 EUR"})
    assert second.location == first.location
    assert holder.get(f"{address}/again").location == first.location
    assert "Go on with the new order" in holder.get(address).text
    assert len(orders()) == 2
    assert in_stock() == 3


def test_the_new_payments_link_ends_with_the_one_that_led_there(shopper: Shopper, holder: Shopper) -> None:
    session = given_up(shopper)
    made_at = clock.now() - timedelta(days=6)
    answer = press(holder, f"/resume/{recovery_links.token(session, made_at)}")
    found = recovery_links.follow(answer.location.rpartition("/")[2])
    assert found.session_id != session
    assert found.made_at == made_at.replace(microsecond=0)


def test_a_price_that_changes_after_it_was_shown_is_shown_first(shopper: Shopper, holder: Shopper) -> None:
    address = link(given_up(shopper))
    holder.get(f"{address}/again")
    change(price=9900)
    page = holder.post(f"{address}/again", {"sum": "8400 EUR"})
    assert page.status_code == 409
    assert "Nothing was ordered yet" in page.text
    assert "€198.00" in page.text
    assert len(orders()) == 1


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"stock": 0}, "Teapot is sold out."),
        ({"stock": 1}, "Teapot: only 1 of 2 are left."),
        ({"on_sale": False}, "Teapot is no longer on sale."),
        ({"currency": "USD"}, "Teapot is sold in another currency now."),
    ],
)
def test_what_is_not_to_be_had_is_named_and_left_out(
    shopper: Shopper, holder: Shopper, values: dict[str, Any], told: str
) -> None:
    shopper.put_into_cart("kettle")
    address = link(given_up(shopper))
    change(**values)
    page = holder.get(f"{address}/again").text
    assert told in page
    assert "1 × Kettle" in page
    press(holder, address)
    assert [line.name for line in orders()[1].lines] == ["Kettle"]


def test_where_nothing_is_left_there_is_no_button_and_a_way_on(shopper: Shopper, holder: Shopper) -> None:
    address = link(given_up(shopper))
    change(stock=0)
    page = holder.get(f"{address}/again").text
    assert "None of it can be ordered again" in page
    assert "order-again" not in page
    assert 'href="/">To the shop</a>' in page
    shopper.token()
    assert shopper.post(f"{address}/again", {"sum": "0 "}).status_code == 409
    assert len(orders()) == 1


def test_who_may_have_ordered_it_since_is_asked_and_no_other_order_is_told(shopper: Shopper, holder: Shopper) -> None:
    address = link(given_up(shopper, quantity=1))
    since = shopper.order()
    page = holder.get(f"{address}/again").text
    assert "may have been ordered once more since" in page
    assert orders()[1].number not in page
    assert since not in page
    refused = press(holder, address)
    assert refused.status_code == 409
    assert "a second time" in refused.text
    assert len(orders()) == 2
    assert press(holder, address, second="yes").status_code == 303
    assert len(orders()) == 3


@pytest.mark.parametrize("method", [None, "sandbox_approve"])
def test_what_is_open_or_paid_is_not_ordered_again(shopper: Shopper, holder: Shopper, method: str | None) -> None:
    session = shopper.order()
    if method:
        shopper.pay(session, method)
        wait_for(lambda: queries.find(session).state is State.COMPLETED)
    address = link(session)
    assert holder.get(f"{address}/again").location == address
    assert holder.post(f"{address}/again", {"sum": "4200 EUR"}).location == address
    assert len(orders()) == 1


def sent_to_paris(shopper: Shopper) -> str:
    """The link to a session of a teapot that was to be sent, for 9.90, and was cancelled."""
    product("teapot", is_sent=True)
    shipping.set_price("EUR", "FR", 990)
    shopper.put_into_cart()
    address = {"line1": "12 Rue des Lilas", "city": "Paris", "country": "FR", "prices": "FR:990"}
    answer = shopper.post("/checkout", {"name": "Ada", "email": "ada@example.org", **address})
    session = answer.location.rpartition("/")[2]
    desk.cancel(session, "shopper")
    return link(session)


def test_what_is_sent_goes_where_it_went_for_what_that_costs_today(shopper: Shopper, holder: Shopper) -> None:
    address = sent_to_paris(shopper)
    shipping.set_price("EUR", "FR", 1200)
    page = holder.get(f"{address}/again").text
    assert '<span data-testid="shipping">€12.00</span>' in page
    assert "Lilas" not in page
    press(holder, address)
    before, again = orders()
    assert (before.amount, again.amount, again.shipping) == (5190, 5400, 1200)
    assert deliveries.address_of(again.id) == deliveries.address_of(before.id)


def test_what_it_costs_to_send_is_agreed_to_before(shopper: Shopper, holder: Shopper) -> None:
    address = sent_to_paris(shopper)
    shipping.set_price("EUR", "FR", 1200)
    answer = holder.post(f"{address}/again", {"sum": "5190 EUR"})
    assert answer.status_code == 409
    assert len(orders()) == 1


@pytest.mark.parametrize("lacks", ["a price", "an address"])
def test_what_can_be_sent_nowhere_is_left_out(shopper: Shopper, holder: Shopper, lacks: str) -> None:
    if lacks == "a price":
        address = sent_to_paris(shopper)
        shipping.remove("EUR", "FR")
    else:
        address = link(given_up(shopper))
        change(is_sent=True)
    page = holder.get(f"{address}/again").text
    assert "cannot be sent to where the order went" in page
    assert "Order for" not in page
