"""The gateway charges a session that has ended unpaid, which it had promised not to do."""

import pytest

from tests.interruptions.truth import charge_by_hand, charged, let_time_run_out, refunded, states_passed
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

ENDINGS = ["cancelled", "expired", "failed"]


def end_unpaid(shop: RunningShop, visitor: Visitor, session: str, ending: str) -> None:
    for _ in range(3 if ending == "failed" else 1):
        visitor.pay(session, "sandbox_decline")
        visitor.wait_until(session, "interrupted", "failed")
    if ending == "cancelled":
        visitor.cancel(session)
    elif ending == "expired":
        let_time_run_out(shop, session)
    visitor.wait_until(session, ending)


@pytest.mark.parametrize("ending", ENDINGS)
def test_with_the_goods_still_there_the_order_is_paid(shared_shop: RunningShop, visitor: Visitor, ending: str) -> None:
    slug = f"goods-still-there-{ending}"
    shared_shop.put_on_sale(slug, 2)
    session = visitor.order(slug)
    end_unpaid(shared_shop, visitor, session, ending)
    assert shared_shop.stock(slug) == 2

    charge_by_hand(shared_shop, session)
    told = visitor.call(f"/session/{session}/complete")
    assert (told.status, told.json["money"]) == (200, "taken")
    assert visitor.status(session).state == "completed"
    assert states_passed(shared_shop, session)[-2:] == [ending, "completed"]
    assert shared_shop.stock(slug) == 1
    assert (charged(shared_shop, session), refunded(shared_shop, session)) == (1, 0)


@pytest.mark.parametrize("ending", ENDINGS)
def test_with_the_goods_gone_the_money_is_returned_once(
    shared_shop: RunningShop, visitor: Visitor, ending: str
) -> None:
    slug = f"goods-gone-{ending}"
    shared_shop.put_on_sale(slug, 1)
    session = visitor.order(slug)
    end_unpaid(shared_shop, visitor, session, ending)
    shared_shop.visitor().order(slug)  # somebody else has the last one now

    charge_by_hand(shared_shop, session)
    visitor.call(f"/session/{session}/complete")
    assert visitor.wait_until(session, "refunded").money == "returned"
    assert states_passed(shared_shop, session)[-3:] == [ending, "completed", "refunded"]
    assert shared_shop.stock(slug) == 0
    assert (charged(shared_shop, session), refunded(shared_shop, session)) == (1, 4200)


def test_the_shopper_is_told_at_once_that_the_money_comes_back(shared_shop: RunningShop, visitor: Visitor) -> None:
    shared_shop.put_on_sale("rare-book", 1)
    session = visitor.order("rare-book")
    end_unpaid(shared_shop, visitor, session, "cancelled")
    shared_shop.put_on_sale("rare-book", 0)
    charge_by_hand(shared_shop, session)
    visitor.call(f"/session/{session}/complete")
    told = visitor.status(session)
    assert told.money in ("taken", "returned")
    assert "return" in told.text or "given back" in told.text
    assert "is paid" not in told.text
    wait_for(lambda: visitor.status(session).money == "returned")
