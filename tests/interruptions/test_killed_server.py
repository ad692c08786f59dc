"""kill -9 of the server, then a restart: the payment ends right by itself, charged once or not at all."""

from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.interruptions import crashing_shop
from tests.interruptions.truth import attempts, charge_by_hand, charged, is_closed, let_time_run_out, states_passed
from tests.support.databases import look_into
from tests.support.refused import refusal
from tests.support.running import RunningShop
from tests.support.visitor import Visitor

# What the contract gives a restarted shop, with short settings.
SETTLED_WITHIN = 10.0


class CrashingShop(RunningShop):
    """Dies by kill -9, main process and worker, at the very moment that it is told to."""

    @property
    def trap(self) -> Path:
        return self.folder / "trap"

    def program(self) -> list[str]:
        return [crashing_shop.__name__, str(self.trap)]

    def die_when(self, moment: str) -> None:
        assert moment in crashing_shop.MOMENTS
        self.trap.write_text(moment)


@pytest.fixture(scope="module")
def started_shop(new_shop: Callable[..., CrashingShop]) -> CrashingShop:
    shop = new_shop(CrashingShop, payment_timeout=0.5)
    shop.start()
    return shop


@pytest.fixture
def shop(started_shop: CrashingShop) -> CrashingShop:
    """One shop dies and comes back in all of these tests, as one machine would."""
    started_shop.trap.unlink(missing_ok=True)
    if not started_shop.is_running:
        started_shop.stop()
        started_shop.start()
    return started_shop


@pytest.fixture
def shopper(shop: CrashingShop) -> Visitor:
    return shop.visitor()


def pay_until_death(shop: CrashingShop, shopper: Visitor, session: str, method: str) -> None:
    """The post that starts the attempt may be cut off by the death itself, as a browser's would be."""
    try:
        shopper.pay(session, method)
    except OSError:
        assert not shop.trap.exists()
    shop.wait_for_end()


def cut_off(shop: CrashingShop, request: Callable[[], object]) -> None:
    """A request that the shop dies of."""
    with pytest.raises((ConnectionError, URLError)):
        request()
    shop.wait_for_end()


def test_after_the_attempt_was_written_and_before_anything_left_the_house(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    shop.die_when("nothing has left the house")
    pay_until_death(shop, shopper, session, "sandbox_approve")
    assert attempts(shop, session) == [(1, None)]
    assert not look_into(shop.ledger, "select * from reference where session = ?", session)

    shop.start()
    assert shopper.status(session).money == "checking"
    assert shopper.wait_until(session, "interrupted", limit=SETTLED_WITHIN).money == "not_taken"
    assert charged(shop, session) == 0
    assert states_passed(shop, session) == ["created", "processing", "checking", "interrupted"]
    assert shopper.session(session)["interruption"]["kind"] == "crash"

    assert shopper.pay(session).status == 303
    shopper.wait_until(session, "completed")
    assert charged(shop, session) == 1


def test_after_the_reference_was_opened_and_before_the_charge(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    shop.die_when("the reference is open")
    pay_until_death(shop, shopper, session, "sandbox_approve")
    assert look_into(shop.ledger, "select * from reference where session = ?", session)

    shop.start()
    shopper.wait_until(session, "interrupted", limit=SETTLED_WITHIN)
    assert charged(shop, session) == 0
    assert states_passed(shop, session) == ["created", "processing", "checking", "interrupted"]


def test_during_the_call(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    shop.die_when("the gateway has the request")
    pay_until_death(shop, shopper, session, "sandbox_approve")
    assert look_into(
        shop.ledger, "select effect from request join reference using (reference) where session = ?", session
    ) == [("charge",)]

    shop.start()
    assert shopper.wait_until(session, "completed", limit=SETTLED_WITHIN).money == "taken"
    assert charged(shop, session) == 1
    assert attempts(shop, session) == [(1, "approved")]
    assert states_passed(shop, session) == ["created", "processing", "checking", "completed"]


def test_after_the_charge_and_before_the_answer_was_written(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    shop.die_when("the answer is to be written")
    pay_until_death(shop, shopper, session, "sandbox_approve")
    assert charged(shop, session) == 1
    assert attempts(shop, session) == [(1, None)]

    shop.start()
    assert shopper.status(session).money in ("checking", "taken")
    shopper.wait_until(session, "completed", limit=SETTLED_WITHIN)
    assert charged(shop, session) == 1
    assert states_passed(shop, session) == ["created", "processing", "checking", "completed"]


def test_when_the_last_attempt_was_declined_and_that_was_not_yet_written(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    for _ in range(2):
        shopper.pay(session, "sandbox_decline")
        shopper.wait_until(session, "interrupted")
    shop.die_when("the answer is to be written")
    pay_until_death(shop, shopper, session, "sandbox_decline")

    shop.start()
    assert shopper.wait_until(session, "failed", limit=SETTLED_WITHIN).attempts == 3
    assert charged(shop, session) == 0
    assert states_passed(shop, session)[-3:] == ["processing", "checking", "failed"]


@pytest.mark.parametrize("moment", ["the session is to be closed", "the gateway has closed"])
def test_during_a_cancel(shop: CrashingShop, shopper: Visitor, moment: str) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    shopper.wait_until(session, "interrupted")
    shop.die_when(moment)
    cut_off(shop, lambda: shopper.cancel(session))
    assert is_closed(shop, session) == (moment == "the gateway has closed")

    shop.start()
    assert refusal(shopper.pay(session)) in ("Cancelling", "Closed")
    shopper.wait_until(session, "cancelled", limit=SETTLED_WITHIN)
    assert (charged(shop, session), is_closed(shop, session)) == (0, True)
    assert states_passed(shop, session) == ["created", "processing", "interrupted", "cancelled"]


@pytest.mark.parametrize("moment", ["the session is to be closed", "the gateway has closed"])
def test_during_expiry(shop: CrashingShop, shopper: Visitor, moment: str) -> None:
    held = shop.stock("teapot")
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    shopper.wait_until(session, "interrupted")
    shop.die_when(moment)
    let_time_run_out(shop, session)
    shop.wait_for_end()  # the sweep comes by
    assert is_closed(shop, session) == (moment == "the gateway has closed")
    assert states_passed(shop, session)[-1] == "interrupted"

    shop.start()
    assert refusal(shopper.pay(session)) == "Expired"
    shopper.wait_until(session, "expired", limit=SETTLED_WITHIN)
    assert (charged(shop, session), is_closed(shop, session)) == (0, True)
    assert states_passed(shop, session) == ["created", "processing", "interrupted", "expired"]
    assert shop.stock("teapot") == held


def test_while_the_reconciler_asks_the_gateway(shop: CrashingShop, shopper: Visitor) -> None:
    session = shopper.order()
    shop.die_when("the gateway is asked")
    shopper.pay(session, "sandbox_timeout_charged")
    shop.wait_for_end()
    assert states_passed(shop, session)[-1] == "checking"

    shop.start()
    shopper.wait_until(session, "completed", limit=SETTLED_WITHIN)
    assert charged(shop, session) == 1


def test_after_the_gateway_refunded_and_before_that_was_written(shop: CrashingShop, shopper: Visitor) -> None:
    shop.put_on_sale("last-vase", 1)
    session = shopper.order("last-vase")
    shopper.pay(session, "sandbox_decline")
    shopper.wait_until(session, "interrupted")
    shopper.cancel(session)
    shopper.wait_until(session, "cancelled")
    shop.put_on_sale("last-vase", 0)
    charge_by_hand(shop, session)
    shop.die_when("the gateway has refunded")
    shopper.call(f"/session/{session}/complete")  # the gateway is asked, and the reconciler gives the money back
    shop.wait_for_end()

    shop.start()
    assert shopper.wait_until(session, "refunded", limit=SETTLED_WITHIN).money == "returned"
    assert [(charge["status"], charge["refunded"]) for charge in shop.charges(session)] == [("refunded", 4200)]
    assert states_passed(shop, session)[-3:] == ["cancelled", "completed", "refunded"]


def test_while_an_order_is_placed_there_is_no_order_and_the_cart_is_kept(shop: CrashingShop, shopper: Visitor) -> None:
    shop.put_on_sale("lamp", 3)
    shopper.put_into_cart("lamp")
    shop.die_when("an order is placed and not yet written")
    cut_off(shop, shopper.check_out)
    assert shop.rows("select count(*) from order_line join product on product.id = product_id where slug = 'lamp'") == [
        (0,)
    ]
    assert shop.stock("lamp") == 3

    shop.start()
    assert shopper.check_out().status == 303
    assert shop.stock("lamp") == 2
