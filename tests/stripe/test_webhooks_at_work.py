"""Where a timetable runs, its queue is woken for what Stripe tells: nothing waits for the next turn."""

from collections.abc import Iterator
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core.runtime import runtime
from smartcart.payments.gateway_events.models import GatewayEvent
from smartcart.server import timetable
from smartcart.work_queue import AT_WORK, WorkQueue
from tests.stripe.letters import deliver, intent, letter
from tests.support.waiting import wait_for

# No test waits for so long, in seconds: what happens is not of the next turn.
A_TURN = 3600.0


@pytest.fixture
def shop_at_work(told_shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Its first turn, that of the start, is over."""
    turns, reconcile = Event(), timetable.reconciler.reconcile

    def take_turn(queue: WorkQueue) -> int:
        attended = reconcile(queue)
        turns.set()
        return attended

    with monkeypatch.context() as patched:
        patched.setattr(timetable.reconciler, "reconcile", take_turn)
        started = timetable.start(told_shop, runtime().settings.model_copy(update={"reconcile_interval": A_TURN}))
        assert turns.wait(10)
    yield told_shop
    started.shutdown()
    told_shop.extensions[AT_WORK].wake()


def is_tried() -> bool:
    db.session.rollback()
    return bool(db.session.scalar(select(GatewayEvent.tries)))


def test_what_is_told_is_taken_up_at_once(shop_at_work: Flask) -> None:
    assert deliver(shop_at_work, letter(intent("a-session"))).status_code == 200
    wait_for(is_tried)


def test_what_is_told_while_the_pool_is_full_is_taken_up_when_there_is_room(shop_at_work: Flask) -> None:
    stop, pool = Event(), runtime().pool
    while pool.room:
        pool.run(lambda: stop.wait(10))
    assert deliver(shop_at_work, letter(intent("a-session"))).status_code == 200
    assert not is_tried()
    stop.set()
    wait_for(is_tried)


def test_a_turn_that_breaks_is_told_and_the_next_one_comes(
    shop_at_work: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Event()

    def breaks(*_: object) -> int:
        broken.set()
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(timetable.reconciler, "reconcile", breaks)
        shop_at_work.extensions[AT_WORK].wake()
        assert broken.wait(10)
    assert deliver(shop_at_work, letter(intent("a-session"))).status_code == 200
    wait_for(is_tried)
