"""What nobody has touched for long is taken out of a cart."""

from datetime import timedelta

from flask import Flask

from smartcart import clock
from smartcart.shop import cart
from tests.support.shopper import Shopper, product

DAY = 86400.0


def test_what_lay_there_untouched_goes_and_what_was_touched_since_stays(app: Flask, shopper: Shopper) -> None:
    now = clock.now()
    clock.freeze(now)
    for slug in ("teapot", "mug"):
        shopper.put_into_cart(slug)
    clock.freeze(now + timedelta(days=2))
    shopper.put_into_cart("mug")
    assert cart.forget_old(3 * DAY) == 0
    clock.freeze(now + timedelta(days=4))
    assert cart.forget_old(3 * DAY) == 1
    page = shopper.get("/cart").text
    assert (product("mug").name in page, product("teapot").name in page) == (True, False)
