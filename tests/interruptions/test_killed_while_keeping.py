"""kill -9 while a card is being kept or removed: the payment is fine, and the shop finishes when it is back."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.interruptions.test_killed_server import CrashingShop
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# What is on record when the shop dies is the same on either database.
pytestmark = ON_SQLITE


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., CrashingShop]) -> CrashingShop:
    """One shop dies and comes back in all of these tests, as one machine would."""
    shop = new_shop(CrashingShop)
    shop.start()
    return shop


def pay_and_keep(shopper: Visitor) -> str:
    session = shopper.order()
    shopper.post(f"/pay/{session}/attempts", method="sandbox_approve", keep="1")
    return session


def sees_a_card(shopper: Visitor) -> bool:
    return "Visa ending in 4242" in shopper.get("/cards").text


def column(shop: RunningShop, session: str, name: str) -> object:
    return shop.rows(f"select {name} from payment_session where id = ?", session)[0][0]  # noqa: S608


@pytest.mark.parametrize("moment", ["the gateway is to keep a card", "the gateway keeps a card"])
def test_the_card_is_kept_and_the_order_paid_once(shop: CrashingShop, moment: str) -> None:
    shopper = shop.visitor()
    shop.die_when(moment)
    session = pay_and_keep(shopper)
    shop.wait_for_end()
    assert column(shop, session, "state") == "completed"
    shop.start()
    wait_for(lambda: sees_a_card(shopper))
    assert not column(shop, session, "keep_method")
    assert len(shop.charges(session)) == 1


def test_a_removed_card_is_gone_and_forgotten(shop: CrashingShop) -> None:
    shopper = shop.visitor()
    session = pay_and_keep(shopper)
    wait_for(lambda: sees_a_card(shopper))
    [[token]] = shop.rows(
        "select token from kept_method join card_holder on card_holder.customer = kept_method.customer"
        " join payment_session on payment_session.owner = card_holder.shopper where payment_session.id = ?",
        session,
    )
    shop.die_when("the gateway is to forget a card")
    with suppress(OSError):  # it may die before it has answered
        shopper.post(f"/cards/{token}/remove")
    shop.wait_for_end()
    shop.start()
    assert not sees_a_card(shopper)
    wait_for(lambda: shop.rows("select forgotten_at from kept_method where token = ?", token)[0][0])
