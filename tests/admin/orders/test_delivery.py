"""The owner packs and sends an order, and prints its slip."""

import pytest

from smartcart.database.session import db, writing
from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from smartcart.shop import deliveries
from smartcart.shop.models import Order
from tests.admin.browser import AdminBrowser
from tests.payments.sending import ADDRESS
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

ORDER = "/admin/orders/SC-1001"
LINK = "https://post.example/1"


@pytest.fixture
def paid(shopper: Shopper) -> str:
    """The token of an order's page."""
    session = shopper.order()
    with writing():
        order = db.session.query(Order).one()
        deliveries.add(order.id, ADDRESS)
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    return str(order.token)


def test_it_is_packed_then_sent_and_the_shopper_sees_it(admin: AdminBrowser, shopper: Shopper, paid: str) -> None:
    assert "Rue des Lilas" in admin.read(ORDER)
    admin.post(f"{ORDER}/packed")
    assert "Delivery Packed" in admin.read(ORDER)
    assert "It is packed" in shopper.get(f"/orders/{paid}").text
    admin.post(f"{ORDER}/sent", {"carrier": "the post", "tracking_url": LINK})
    assert f"Sent, by the post: {LINK}" in admin.read(ORDER)
    assert f'href="{LINK}"' in shopper.get(f"/orders/{paid}").text


def test_a_link_that_cannot_be_is_refused_and_what_was_typed_stays(admin: AdminBrowser, paid: str) -> None:
    admin.post(f"{ORDER}/packed")
    answer = admin.post(f"{ORDER}/sent", {"carrier": "the post", "tracking_url": "http://post.example"})
    assert answer.status_code == 422
    assert "must begin with https://" in answer.text
    assert 'value="the post"' in answer.text
    assert "Delivery Packed" in admin.read(ORDER)


def test_what_is_not_paid_cannot_be_packed(admin: AdminBrowser, shopper: Shopper) -> None:
    shopper.order()
    with writing():
        deliveries.add(db.session.query(Order).one().id, ADDRESS)
    assert "Nothing is to be sent" in admin.read(ORDER)
    admin.post(f"{ORDER}/packed")
    assert "nothing is to be sent" in admin.read(ORDER)
    assert "Delivery Waiting" in admin.read(ORDER)


def test_the_slip_says_what_goes_where_and_no_price(admin: AdminBrowser, paid: str) -> None:
    slip = admin.read(f"{ORDER}/slip")
    for part in ("1 × Teapot", "Ada Lovelace", "12 Rue des Lilas", "75011 Paris", "France"):
        assert part in slip
    assert "€" not in slip
    assert "42.00" not in slip


def test_what_is_not_sent_has_no_slip(admin: AdminBrowser, shopper: Shopper) -> None:
    shopper.order()
    assert admin.get(f"{ORDER}/slip").status_code == 404
