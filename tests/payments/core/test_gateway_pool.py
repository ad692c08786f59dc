"""The threads that wait for the gateway: who gets one, who waits in line, and what happens when their process ends."""

import time
from collections.abc import Callable
from threading import Event

import pytest
from flask import Flask

from smartcart.payments.core.gateway_pool import GatewayPool, Reserve
from smartcart.payments.core.refusals import Busy
from smartcart.rules import patience
from tests.support.caller import Caller
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# Far longer than anything here takes.
LONG = 20.0


def press(pool: GatewayPool, charge: Callable[[bool], object]) -> bool:
    """Press Pay; whether there was a thread for it at once. Raises Busy."""
    had_thread = []

    def begin(reserve: Reserve) -> bool:
        had_thread.append(reserve())
        return had_thread[0]

    pool.start(begin, charge)
    return had_thread[0]


@pytest.fixture
def pool(app: Flask) -> GatewayPool:
    return GatewayPool(app, threads=3)


def test_with_nothing_under_way_it_is_closed_at_once(pool: GatewayPool) -> None:
    began = time.monotonic()
    assert pool.close(LONG)
    assert time.monotonic() - began < LONG / 4


def test_closed_it_begins_nothing(pool: GatewayPool) -> None:
    begun = []

    def begin(reserve: Reserve) -> None:
        reserve()
        begun.append("an attempt")

    pool.close(0)
    assert pool.run(lambda: begun.append("a question")) is None
    with pytest.raises(Busy):
        pool.start(begin, lambda _: None)
    assert begun == []


def test_questions_leave_a_fifth_of_the_threads_to_charges(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=5), Event()
    asking = [pool.run(lambda: stop.wait(LONG)) for _ in range(4)]
    assert pool.room == 0
    assert pool.run(lambda: None) is None
    assert [press(pool, lambda _: stop.wait(LONG)) for _ in range(2)] == [True, False]
    stop.set()
    assert all(each.result(LONG) is None for each in asking if each)
    wait_for(lambda: pool.is_idle)
    assert pool.room == 4


def test_however_many_press_pay_an_eighth_of_the_threads_is_for_questions(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=8), Event()
    assert [press(pool, lambda _: stop.wait(LONG)) for _ in range(10)] == [True] * 7 + [False] * 3
    asked = pool.run(lambda: None)
    assert asked
    assert asked.result(LONG) is None
    stop.set()
    wait_for(lambda: pool.is_idle)


def test_who_waits_in_line_comes_in_turn_and_before_who_comes_later(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=1), Event()
    carried_out: list[int] = []
    press(pool, lambda _: stop.wait(LONG))
    for number in range(5):
        press(pool, lambda _, number=number: carried_out.append(number))
    assert carried_out == []
    stop.set()
    wait_for(lambda: pool.is_idle)
    assert carried_out == [0, 1, 2, 3, 4]


def test_it_is_known_whether_somebody_waits_in_line(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=1), Event()
    press(pool, lambda _: stop.wait(LONG))
    assert not pool.has_line
    press(pool, lambda _: None)
    assert pool.has_line
    stop.set()
    wait_for(lambda: not pool.has_line)


def test_who_is_being_written_down_keeps_the_place_in_line(app: Flask) -> None:
    """A thread that becomes free meanwhile is for who came first, and nobody slips in."""
    pool, stop = GatewayPool(app, threads=1), Event()
    press(pool, lambda _: stop.wait(LONG))
    had_threads = []

    def begin(reserve: Reserve) -> None:
        had_threads.append(reserve())
        stop.set()
        wait_for(lambda: not any(pool._under_way.values()))
        had_threads.append(press(pool, lambda _: None))

    pool.start(begin, lambda _: None)
    assert had_threads == [False, False]
    wait_for(lambda: pool.is_idle)


def test_a_place_in_line_is_free_again_when_nothing_was_begun(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=1), Event()
    press(pool, lambda _: stop.wait(LONG))

    def fail(reserve: Reserve) -> None:
        assert not reserve()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pool.start(fail, lambda _: None)
    stop.set()
    wait_for(lambda: pool.is_idle)
    with pytest.raises(ZeroDivisionError):
        pool.start(lambda reserve: fail(lambda: not reserve()), lambda _: None)
    assert pool.is_idle


def test_the_line_has_an_end(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=1), Event()
    for _ in range(1 + patience.WAITING_FOR_A_THREAD):
        press(pool, lambda _: stop.wait(LONG))
    with pytest.raises(Busy):
        press(pool, lambda _: None)
    stop.set()
    wait_for(lambda: pool.is_idle)
    assert press(pool, lambda _: None)


def test_automatic_retries_wait_in_a_short_line_only(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=2), Event()
    had_threads = []
    while pool.lets_retry:
        had_threads.append(press(pool, lambda _: stop.wait(LONG)))
    assert had_threads == [True, True, False, False]
    stop.set()
    wait_for(lambda: pool.is_idle)
    assert pool.lets_retry
    pool.close(LONG)
    assert not pool.lets_retry


def test_who_waits_in_line_when_the_process_is_told_to_end_is_charged_still(app: Flask) -> None:
    pool, stop = GatewayPool(app, threads=1), Event()
    carried_out: list[str] = []
    press(pool, lambda _: stop.wait(LONG))
    press(pool, lambda _: carried_out.append("waited"))
    assert not pool.close(0.01)
    stop.set()
    assert pool.close(LONG)
    assert carried_out == ["waited"]


def test_whoever_waits_for_room_is_told_when_there_is_some_again(app: Flask) -> None:
    pool, stop, told = GatewayPool(app, threads=3), Event(), Event()
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
