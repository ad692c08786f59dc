"""With money that goes back, goods go back on the shelf: what the owner says, each once."""

import re

import pytest
from werkzeug.test import TestResponse

from smartcart.database.session import db
from smartcart.payments.flow import desk
from smartcart.rules.payment_states import State
from smartcart.shop.models import OrderLine, Product
from tests.admin.browser import AdminBrowser
from tests.admin.payments.test_refunds import form_of
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for


@pytest.fixture
def paid(shopper: Shopper) -> str:
    """Three teapots of five, and a kettle of five."""
    shopper.put_into_cart("kettle")
    session = shopper.order(quantity=3)
    shopper.pay(session)
    wait_for(lambda: desk.confirm(session, "shopper").state is State.COMPLETED)
    return session


def stocks() -> dict[str, int]:
    db.session.rollback()
    db.session.expire_all()
    return {product.slug: product.stock for product in db.session.query(Product)}


def ask(admin: AdminBrowser, session: str, **typed: str) -> TestResponse:
    """Fill the form in on the payment's page, and go on; `teapot` is how many of it go back on the shelf."""
    page = admin.get(f"/admin/sessions/{session}")
    form = form_of(page) | {key: typed[key] for key in typed if key != "teapot"}
    if "teapot" in typed:
        line = db.session.query(OrderLine).filter_by(quantity=3).one()
        form |= {f"restock-{line.id}": typed["teapot"], f"restocked-{line.id}": str(line.restocked)}
    return admin.post(f"/admin/sessions/{session}/refund", form)


def confirm(admin: AdminBrowser, session: str, asked: TestResponse) -> TestResponse:
    assert asked.status_code == 200
    shelf = dict(re.findall(r'name="(restock(?:ed)?-\d+)" value="(\d+)"', asked.text))
    return admin.post(f"/admin/sessions/{session}/refund", form_of(asked) | shelf | {"confirmed": "yes"})


@ON_BOTH
def test_all_of_it_goes_back_on_the_shelf(admin: AdminBrowser, paid: str) -> None:
    assert stocks() == {"kettle": 4, "teapot": 2}
    asked = ask(admin, paid, restock_all="y")
    assert "3 × Teapot" in asked.text
    confirm(admin, paid, asked)
    assert stocks() == {"kettle": 5, "teapot": 5}
    assert "3 back on the shelf" in admin.read("/admin/orders/SC-1001")


def test_nothing_goes_back_unless_it_is_said(admin: AdminBrowser, paid: str) -> None:
    confirm(admin, paid, ask(admin, paid))
    assert stocks() == {"kettle": 4, "teapot": 2}


def test_so_many_of_a_line_go_back(admin: AdminBrowser, paid: str) -> None:
    confirm(admin, paid, ask(admin, paid, amount="42.00", teapot="2"))
    assert stocks() == {"kettle": 4, "teapot": 4}
    confirm(admin, paid, ask(admin, paid, amount="42.00", restock_all="y"))
    assert stocks() == {"kettle": 5, "teapot": 5}


@ON_BOTH
def test_a_second_press_puts_nothing_back(admin: AdminBrowser, paid: str) -> None:
    asked = ask(admin, paid, amount="42.00", teapot="1")
    for _ in range(3):
        confirm(admin, paid, asked)
    assert stocks() == {"kettle": 4, "teapot": 3}


def test_what_was_put_back_in_another_window_is_not_put_back_again(admin: AdminBrowser, paid: str) -> None:
    first, second = (ask(admin, paid, amount="42.00", teapot="1") for _ in range(2))
    confirm(admin, paid, first)
    confirm(admin, paid, second)
    assert stocks() == {"kettle": 4, "teapot": 3}
    assert "Nothing more was put back" in admin.read(f"/admin/sessions/{paid}")


@pytest.mark.parametrize("typed", ["4", "-1", "x", "1.5", "9" * 5000, "١"])
def test_no_more_than_was_ordered_goes_back(admin: AdminBrowser, paid: str, typed: str) -> None:
    asked = ask(admin, paid, teapot=typed)
    assert asked.status_code == 422
    assert "on the shelf" in asked.text
    assert stocks() == {"kettle": 4, "teapot": 2}
