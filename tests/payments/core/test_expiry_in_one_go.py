"""Many sessions expire at once: what is written of each goes along with the rest, and is not waited for by itself."""

import pytest
from flask import Flask

from smartcart.payments.core import expiry
from smartcart.shop import cart
from tests.database.test_past_sqlalchemy import trips_of
from tests.payments.opened import open_session, time_passes
from tests.support.databases import ON_POSTGRESQL

pytestmark = pytest.mark.usefixtures("still_clock")


@ON_POSTGRESQL
def test_more_sessions_take_no_more_waits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    for shoppers in (("ada", "grace"), ("alan", "joan", "katherine", "edsger")):
        for shopper in shoppers:
            open_session(shopper)
        time_passes(86400)
        with monkeypatch.context() as watched:
            trips = trips_of(watched)
            assert expiry.expire_untried(100) == len(shoppers)
        waits.append(len(trips))
        assert all(cart.cart_of(shopper).lines for shopper in shoppers)
    assert waits[0] == waits[1]
