"""Time runs out on the payment page."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.interruptions.truth import let_time_run_out, state_on_record, states_passed
from tests.support.refused import refusal
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def unswept_shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    """Its sweep never comes by in these tests."""
    shop = new_shop(cleanup_interval=3600)
    shop.start()
    return shop


@pytest.fixture
def shopper(unswept_shop: RunningShop) -> Visitor:
    return unswept_shop.visitor()


def test_what_is_out_of_time_is_refused_though_no_sweep_has_come_by(
    unswept_shop: RunningShop, shopper: Visitor
) -> None:
    session = shopper.order()
    let_time_run_out(unswept_shop, session)
    assert states_passed(unswept_shop, session) == ["created"]
    assert refusal(shopper.pay(session)) == "Expired"
    refused = shopper.call(f"/session/{session}/resume", method="sandbox_approve")
    assert (refused.status, refused.json["code"], refused.json["money"]) == (410, "expired", "not_taken")
    assert refusal(shopper.post(f"/pay/{session}/extend")) == "Expired"
    assert states_passed(unswept_shop, session) == ["created", "expired"]


@pytest.mark.parametrize("look", ["/pay/{}", "/pay/{}/status?seen=1", "/api/payments/session/{}"])
def test_whoever_looks_finds_it_expired(unswept_shop: RunningShop, shopper: Visitor, look: str) -> None:
    session = shopper.order()
    let_time_run_out(unswept_shop, session)
    answer = shopper.get(look.format(session))
    assert (answer.status, "expired" in answer.text) == (200, True)
    assert states_passed(unswept_shop, session) == ["created", "expired"]


def test_the_goods_and_the_cart_come_back_once(unswept_shop: RunningShop, shopper: Visitor) -> None:
    unswept_shop.put_on_sale("jug", 5)
    session = shopper.order("jug")
    assert unswept_shop.stock("jug") == 4
    let_time_run_out(unswept_shop, session)
    for _ in range(3):
        assert shopper.status(session).state == "expired"
    assert unswept_shop.stock("jug") == 5
    assert unswept_shop.rows(
        "select quantity from cart_line join product on product.id = product_id where slug = 'jug'"
    ) == [(1,)]


def test_an_attempt_in_flight_is_let_finish(unswept_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_timeout_charged")
    let_time_run_out(unswept_shop, session)
    assert shopper.status(session).money == "checking"
    shopper.wait_until(session, "completed")


def test_the_sweep_expires_what_nobody_looks_at(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    let_time_run_out(shared_shop, session)
    wait_for(lambda: state_on_record(shared_shop, session) == "expired")


def test_more_time_is_given_ten_times(unswept_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    ends = datetime.fromisoformat(shopper.session(session)["expires_at"])
    for _ in range(10):
        unswept_shop.let_expire(session, 500)
        assert refusal(shopper.post(f"/pay/{session}/extend")) == ""
        assert datetime.fromisoformat(shopper.session(session)["expires_at"]) >= ends
    refused = shopper.post(f"/pay/{session}/extend")
    assert refusal(refused) == "NoMoreExtensions"
    assert "cannot be extended any further" in shopper.get(refused.location).text


def test_the_page_can_warn_at_least_a_minute_before(unswept_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    status = shopper.get(f"/pay/{session}/status").text
    left, warn = (int(float(re.search(rf'data-{name}="([^"]+)"', status)[1])) for name in ("seconds-left", "warn"))  # type: ignore[index]
    assert 890 <= left <= 900
    assert warn >= 60
