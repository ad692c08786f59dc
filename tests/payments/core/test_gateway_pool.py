"""The threads that wait for the gateway, when their process is told to end."""

import time
from collections.abc import Callable
from threading import Event

import pytest
from flask import Flask

from smartcart.payments.core.gateway_pool import GatewayPool
from smartcart.payments.core.refusals import Busy
from tests.support.caller import Caller
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# Far longer than anything here takes.
LONG = 20.0


@pytest.fixture
def pool(app: Flask) -> GatewayPool:
    return GatewayPool(app, threads=3)


def test_with_nothing_under_way_it_is_closed_at_once(pool: GatewayPool) -> None:
    began = time.monotonic()
    assert pool.close(LONG)
    assert time.monotonic() - began < LONG / 4


def test_closed_it_begins_nothing(pool: GatewayPool) -> None:
    begun = []

    def begin(reserve: Callable[[], None]) -> None:
        reserve()
        begun.append("an attempt")

    pool.close(0)
    assert pool.run(lambda: begun.append("a question")) is None
    with pytest.raises(Busy):
        pool.start(begin, lambda _: None)
    assert begun == []


def test_questions_take_half_of_the_threads_and_charges_all(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=4), Event()
    asking = [pool.run(lambda: stop.wait(LONG)) for _ in range(2)]
    assert pool.room == 0
    assert pool.run(lambda: None) is None
    charging = [pool.start(lambda reserve: reserve(), lambda _: stop.wait(LONG))[1] for _ in range(2)]
    with pytest.raises(Busy):
        pool.start(lambda reserve: reserve(), lambda _: None)
    stop.set()
    assert all(each.result(LONG) is None for each in [*asking, *charging])
    wait_for(lambda: pool.room == 2)


def test_whoever_waits_for_room_is_told_when_there_is_some_again(app: Flask) -> None:
    pool, stop, told = GatewayPool(app, threads=4), Event(), Event()
    pool.when_there_is_room = told.set
    first_stop = Event()
    under_way = [pool.run(lambda: first_stop.wait(LONG)), pool.run(lambda: stop.wait(LONG))]
    assert not told.is_set()
    first_stop.set()
    assert told.wait(LONG)
    told.clear()
    stop.set()
    assert all(each.result(LONG) is None for each in under_way)
    wait_for(lambda: pool.room == 2)
    assert not told.is_set(), "there was room already"


def test_closed_it_has_no_room(pool: GatewayPool) -> None:
    assert pool.room > 0
    pool.close(0)
    assert pool.room == 0


def test_what_is_under_way_is_waited_for(pool: GatewayPool) -> None:
    answer, done = Event(), []
    pool.run(lambda: answer.wait(LONG) and done.append("settled"))
    assert not pool.close(0.01), "the call is with the gateway still"
    answer.set()
    assert pool.close(LONG)
    assert done == ["settled"]


def test_a_shopper_is_asked_to_come_back(app: Flask, shopper: Shopper, customer: Caller) -> None:
    session = shopper.order()
    app.extensions["smartcart"].pool.close(LONG)
    refused = shopper.pay(session)
    assert refusal(refused) == "Busy"
    assert "Nothing was taken and no attempt was used" in shopper.get(refused.location or "").text
    assert shopper.get(f"/api/payments/session/{session}").get_json()["attempts"] == 0
    refused = customer.post(f"/session/{session}/pay", {"method": "sandbox_approve"})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert shopper.get("/readyz").status_code == 503
