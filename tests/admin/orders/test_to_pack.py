"""What is paid and not packed is listed for the owner, the oldest first, and packed from there."""

import pytest

from smartcart.admin import lookup
from smartcart.ids import new_id
from smartcart.payments.core import queries
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.flow import desk
from smartcart.rules.payment_states import State
from smartcart.shop import shipping
from tests.admin.browser import AdminBrowser, rows
from tests.payments.sending import ADDRESS
from tests.support.databases import ON_BOTH
from tests.support.shopper import SECOND_TIME, Shopper, product
from tests.support.waiting import wait_for

LIST = "/admin/orders/to-pack"


@pytest.fixture
def reader(shopper: Shopper) -> Shopper:
    """Somebody at a shop that sends novels to France."""
    shipping.set_price("EUR", "FR", 0)
    product("novel", is_sent=True)
    return shopper


def order(reader: Shopper) -> str:
    """The id of the session of an order that is to be sent."""
    reader.put_into_cart("novel")
    form = {"name": "Ada", "email": "ada@example.org", "prices": "FR:0", **ADDRESS._asdict()}
    answer = reader.post("/checkout", form)
    if asked := SECOND_TIME.search(answer.text):
        answer = reader.post("/checkout", form | {"again": asked[1]})
    return answer.location.rpartition("/")[2]


def pay(reader: Shopper) -> str:
    session = order(reader)
    reader.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    return session


def listed(admin: AdminBrowser, address: str = LIST) -> list[str]:
    return [row.split()[0] for row in rows(admin.get(address).text, "to-pack")]


@ON_BOTH
def test_what_is_paid_is_listed_until_it_is_packed(admin: AdminBrowser, reader: Shopper) -> None:
    order(reader)
    assert listed(admin) == []
    pay(reader)
    [shown] = rows(admin.get(LIST).text, "to-pack")
    assert "1 × Novel" in shown
    assert "Ada, 12 Rue des Lilas, 75011 Paris, France" in shown
    assert "1 order is to be packed" in admin.read("/admin")
    answer = admin.post("/admin/orders/SC-1002/packed", {"to-pack": "yes"})
    assert answer.location == LIST
    assert "SC-1002: It is packed." in admin.read(LIST)
    assert listed(admin) == []


def test_the_oldest_come_first_a_page_at_a_time(
    admin: AdminBrowser, reader: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 2)
    for _ in range(3):
        pay(reader)
    assert listed(admin) == ["SC-1001", "SC-1002"]
    assert 'href="/admin/orders/to-pack?after=2"' in admin.get(LIST).text
    assert listed(admin, f"{LIST}?after=2") == ["SC-1003"]


def test_what_is_given_back_is_not_packed(admin: AdminBrowser, reader: Shopper) -> None:
    session = pay(reader)
    assert listed(admin) == ["SC-1001"]
    assert desk.refund(session, "admin", 4200, "", new_id()).state is RefundState.MADE
    assert listed(admin) == []


def test_what_is_not_sent_is_not_packed(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    assert listed(admin) == []
    assert "to be packed" not in admin.read("/admin")
