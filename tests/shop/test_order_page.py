from collections.abc import Callable

import pytest

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.shop import orders
from smartcart.shop.models import Order, Product
from tests.support.shopper import Shopper


def pay(order: Order) -> None:
    orders.pay(order.id, clock.now())


def refund(order: Order) -> None:
    orders.pay(order.id, clock.now())
    orders.refund(order.id, order.amount)


def page_after(shopper: Shopper, happens: Callable[[Order], object]) -> str:
    shopper.order("teapot", 2)
    order = db.session.query(Order).one()
    with writing():
        happens(order)
    response = shopper.get(f"/orders/{order.token}")
    assert response.status_code == 200
    return response.text


def test_a_paid_order_is_confirmed_with_its_number_lines_and_sum(shopper: Shopper) -> None:
    page = page_after(shopper, pay)
    for handle in ("order-confirmation", "order-number"):
        assert f'data-testid="{handle}"' in page
    assert "SC-1001" in page
    assert "2 × Teapot" in page
    assert "€84.00 taken, once." in page
    assert "ada@example.org" in page
    assert "/pay/order/" not in page


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda order: None, "We have not seen your money yet."),
        (lambda order: orders.give_up([order.id]), "Nothing is owed."),
        (refund, "€84.00 given back."),
    ],
)
def test_an_order_that_is_not_paid_says_where_the_money_is(
    shopper: Shopper, happens: Callable[[Order], object], words: str
) -> None:
    page = page_after(shopper, happens)
    assert words in page
    assert "taken, once" not in page
    assert 'href="/pay/order/' in page


def test_an_order_keeps_the_name_and_price_it_was_placed_at(shopper: Shopper) -> None:
    shopper.order("teapot", 2)
    with writing():
        db.session.query(Product).filter_by(slug="teapot").update({"price": 99, "name": "Kettle", "on_sale": False})
    page = shopper.get(f"/orders/{db.session.query(Order).one().token}").text
    assert "2 × Teapot" in page
    assert "€84.00" in page


def test_a_receipt_is_never_kept_by_a_browser_or_proxy(shopper: Shopper) -> None:
    shopper.order()
    response = shopper.get(f"/orders/{db.session.query(Order).one().token}")
    assert response.headers["Cache-Control"] == "no-store"
