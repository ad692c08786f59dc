"""A poll is put off until there is news, which shows at once, and keeps no thread meanwhile.

While a payment is under way any page's is; with SMARTCART_WAITING_SHOPPERS that of so many pages at any time.
"""

import errno
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import Context
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import record
from smartcart.payments.page.fast import long_poll, poll
from smartcart.payments.page.fast.long_poll import WaitingRoom
from smartcart.payments.page.fast.poll import Poll
from smartcart.web.later import COME_BACK, LATER
from tests.support.databases import ON_BOTH, write_into
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# The poll asks each driver itself, past SQLAlchemy.
pytestmark = ON_BOTH

# So long nobody waits for what must come sooner.
FOR_EVER = 600.0


@pytest.fixture
def shop(app: Flask, settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    """The same shop, in which one may wait for anything."""
    shop = create_app(settings.model_copy(update={"waiting_shoppers": 1}), sandbox)
    yield shop
    with shop.app_context():
        db.engine.dispose()


@pytest.fixture
def session(shopper: Shopper) -> str:
    return shopper.order()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "LONGEST_WAIT", FOR_EVER)


@pytest.fixture
def no_questions(patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at what other processes have written."""
    monkeypatch.setattr(WaitingRoom, "_versions", lambda room, session_ids: dict.fromkeys(session_ids, 1))


def test_whoever_waits_is_told_what_another_process_has_written(
    shop: Flask, session: str, database: str, patience: None
) -> None:
    answer = ask(shop, session)
    assert not answer.done()
    write_into(database, "update payment_session set version = 2 where id = ?", session)
    told = answer.result(timeout=10)
    assert told.status_code == 200
    assert 'data-version="2"' in told.get_data(as_text=True)
    wait_for(lambda: not room_of(shop)._is_watched)


def test_what_this_process_writes_is_told_without_a_look(
    app: Flask, session: str, no_questions: None, underway: None
) -> None:
    answer = ask(app, session)
    assert not answer.done()
    with app.app_context():
        record.request_cancel(session, "shopper", "")
    assert 'data-version="2"' in answer.result(timeout=10).get_data(as_text=True)


def test_what_came_between_the_look_and_the_wait_is_told(
    app: Flask, session: str, database: str, no_questions: None, underway: None, monkeypatch: Any
) -> None:
    sit_down = WaitingRoom.wait

    def slowly(*waiting: Any) -> bool:
        write_into(database, "update payment_session set version = 2 where id = ?", session)
        return sit_down(*waiting)

    monkeypatch.setattr(WaitingRoom, "wait", slowly)
    assert 'data-version="2"' in ask(app, session).result(timeout=10).get_data(as_text=True)


def test_whoever_waited_in_vain_asks_again_at_once(shop: Flask, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "LONGEST_WAIT", 0.01)
    answer = ask(shop, session).result(timeout=10)
    assert answer.status_code == 204
    assert answer.headers["HX-Trigger"] == "refresh"


def test_one_too_many_is_answered_at_once_and_polls_on(
    shop: Flask, session: str, database: str, patience: None
) -> None:
    first = ask(shop, session)
    second = ask(shop, session).result(timeout=0)
    assert second.status_code == 204
    assert "HX-Trigger" not in second.headers
    write_into(database, "update payment_session set version = 2 where id = ?", session)
    assert first.result(timeout=10).status_code == 200


def test_who_is_behind_does_not_wait(shop: Flask, session: str, patience: None) -> None:
    assert ask(shop, session, seen=0).result(timeout=0).status_code == 200


def test_a_database_that_is_away_keeps_nobody_waiting(
    shop: Flask, session: str, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask(shop, session)
    room = room_of(shop)
    monkeypatch.setattr(room, "_engine", room._engine.execution_options(isolation_level="no such level"))
    assert answer.result(timeout=10).status_code == 204


def test_whatever_keeps_the_shop_from_looking_keeps_nobody_waiting_and_ends_with_that(
    shop: Flask, session: str, database: str, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def has_no_file_more(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as for_now:
        for_now.setattr(room_of(shop), "_engine", Mock(connect=has_no_file_more))
        assert ask(shop, session).result(timeout=10).status_code == 204
    wait_for(lambda: not room_of(shop)._is_watched)
    answer = ask(shop, session)
    write_into(database, "update payment_session set version = 2 where id = ?", session)
    assert answer.result(timeout=10).status_code == 200


def test_one_that_cannot_be_answered_keeps_no_other_waiting(shop: Flask, session: str, no_questions: None) -> None:
    def is_gone() -> None:
        raise RuntimeError

    room, told = room_of(shop), list[bool]()
    assert room.wait(session, 1, is_gone, places=2)
    assert room.wait(session, 1, lambda: told.append(True), places=2)
    room.news_of(session)
    assert told


def test_where_there_is_no_thread_to_watch_nobody_waits(
    shop: Flask, session: str, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as for_now:
        for_now.setattr(Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        assert ask(shop, session).result(timeout=0).status_code == 204
    assert not ask(shop, session).done()


def test_a_server_that_cannot_put_off_answers_at_once(shop: Flask, session: str, patience: None) -> None:
    answer = Context().run(shop.test_client().get, f"/pay/{session}/status?seen=1&wait=1")
    assert answer.status_code == 204
    assert "HX-Trigger" not in answer.headers


def test_pages_wait_while_a_payment_is_under_way_and_otherwise_only_where_they_are_told_to(
    app: Flask, shop: Flask, session: str, database: str
) -> None:
    assert "&amp;wait=1" in Shopper(shop.test_client()).get(f"/pay/{session}").get_data(as_text=True)
    assert "wait=1" not in Shopper(app.test_client()).get(f"/pay/{session}").get_data(as_text=True)
    assert ask(app, session).result(timeout=0).status_code == 204
    write_into(database, "update payment_session set state = 'processing' where id = ?", session)
    assert "&amp;wait=1" in Shopper(app.test_client()).get(f"/pay/{session}").get_data(as_text=True)


def test_who_waits_for_payments_under_way_is_counted(
    app: Flask, session: str, underway: None, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "MOST_PAYING", 1)
    assert not ask(app, session).done()
    assert ask(app, session).result(timeout=0).status_code == 204


@pytest.fixture
def underway(session: str, database: str) -> None:
    """The session's payment is with the gateway, and not yet for long."""
    write_into(database, "update payment_session set state = 'processing', due_at = null where id = ?", session)


def room_of(app: Flask) -> WaitingRoom:
    assert isinstance(app.wsgi_app, Poll)
    return app.wsgi_app._room


@pytest.fixture(autouse=True)
def nobody_is_left_waiting(app: Flask, shop: Flask, session: str) -> Iterator[None]:
    yield
    rooms = [room_of(app), room_of(shop)]
    for room in rooms:
        room.news_of(session)
    wait_for(lambda: not any(room._is_watched for room in rooms))


def ask(app: Flask, session: str, seen: int = 1) -> "Future[Response]":
    """A poll that is ready to wait, at a server that offers to; the answer comes when it comes."""
    answer: Future[Response] = Future()

    def call(environ: dict[str, Any]) -> None:
        started: list[Any] = []
        body = Context().run(app.wsgi_app, environ, lambda status, headers: started.extend((status, headers)))
        if body is not LATER:
            answer.set_result(Response(body, *started))

    offered: Callable[[dict[str, Any]], None] = call
    call(EnvironBuilder(f"/pay/{session}/status?seen={seen}&wait=1").get_environ() | {COME_BACK: offered})
    return answer
