"""What was typed at checkout need not be typed again when the order came to nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import expiry, queries
from smartcart.payments.flow import desk
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

NAME, ADDRESS = 'value="Ada Lovelace"', 'value="ada@example.org"'


def cancel(shopper: Shopper, session: str) -> None:
    shopper.post(f"/pay/{session}/cancel")


def use_up_all_attempts(shopper: Shopper, session: str) -> None:
    for _ in range(3):
        shopper.pay(session, "sandbox_decline")
        wait_for(lambda: queries.find(session).state in ("interrupted", "failed"))


def let_time_run_out(shopper: Shopper, session: str) -> None:
    clock.freeze(clock.now() + timedelta(hours=1))
    assert expiry.expire_untried(1) == 1


@pytest.mark.parametrize("ends", [cancel, use_up_all_attempts, let_time_run_out])
def test_after_an_order_that_came_to_nothing_name_and_e_mail_are_there_again(
    shopper: Shopper, ends: Callable[[Shopper, str], None]
) -> None:
    session = shopper.order()
    ends(shopper, session)
    assert queries.find(session).state in ("cancelled", "failed", "expired")
    page = shopper.get("/checkout").text
    assert NAME in page
    assert ADDRESS in page


def test_what_is_typed_now_stands_above_what_was_typed_before(shopper: Shopper) -> None:
    cancel(shopper, shopper.order())
    page = shopper.check_out(name="Grace Hopper", email="nowhere").text
    assert 'value="Grace Hopper"' in page
    assert 'value="nowhere"' in page
    emptied = shopper.check_out(name="", email="").text
    assert NAME not in emptied
    assert ADDRESS not in emptied


def test_nobody_else_reads_it_and_after_a_day_nobody_at_all(app: Flask, shopper: Shopper) -> None:
    desk.cancel(shopper.order(), "shopper")
    other = Shopper(app.test_client())
    other.put_into_cart()
    assert "Ada" not in other.get("/checkout").text
    clock.freeze(clock.now() + timedelta(days=1, minutes=1))
    assert "Ada" not in shopper.get("/checkout").text
