"""With SMARTCART_WAITING_SHOPPERS a poll is held back until there is news, which shows at once."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.page.fast import long_poll
from smartcart.payments.page.fast.long_poll import WaitingRoom
from smartcart.payments.page.fast.poll import Poll
from tests.support.databases import ON_BOTH, write_into
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# The poll asks each driver itself, past SQLAlchemy.
pytestmark = ON_BOTH

# So long nobody waits for what must come sooner.
FOR_EVER = 600.0


@pytest.fixture
def shop(app: Flask, settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    """The same shop, in which one may wait."""
    shop = create_app(settings.model_copy(update={"waiting_shoppers": 1}), sandbox)
    yield shop
    with shop.app_context():
        db.engine.dispose()


@pytest.fixture
def room(shop: Flask) -> WaitingRoom:
    assert isinstance(shop.wsgi_app, Poll)
    return shop.wsgi_app._room


@pytest.fixture
def session(shopper: Shopper) -> str:
    return shopper.order()


@pytest.fixture
def elsewhere(room: WaitingRoom) -> Iterator[ThreadPoolExecutor]:
    """Other threads; nobody is left waiting in them."""
    with ThreadPoolExecutor() as threads:
        yield threads
        for news in list(room._waiting):
            news.set()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "LONGEST_WAIT", FOR_EVER)


def test_whoever_waits_is_told_what_somebody_else_has_written(
    shop: Flask, room: WaitingRoom, session: str, database: str, patience: None, elsewhere: ThreadPoolExecutor
) -> None:
    answer = wait(shop, room, session, elsewhere)
    assert not answer.done()
    write_into(database, "update payment_session set version = 2 where id = ?", session)
    told = answer.result(timeout=10)
    assert told.status_code == 200
    assert 'data-version="2"' in told.text
    wait_for(lambda: not room._is_watched)


def test_whoever_waited_in_vain_asks_again_at_once(shop: Flask, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_poll, "LONGEST_WAIT", 0.01)
    answer = ask(shop, session)
    assert answer.status_code == 204
    assert answer.headers["HX-Trigger"] == "refresh"


def test_one_too_many_is_answered_at_once_and_polls_on(
    shop: Flask, room: WaitingRoom, session: str, database: str, patience: None, elsewhere: ThreadPoolExecutor
) -> None:
    first = wait(shop, room, session, elsewhere)
    second = ask(shop, session)
    assert second.status_code == 204
    assert "HX-Trigger" not in second.headers
    write_into(database, "update payment_session set version = 2 where id = ?", session)
    assert first.result(timeout=10).status_code == 200


def test_who_is_behind_does_not_wait(shop: Flask, session: str, patience: None) -> None:
    assert ask(shop, session, seen=0).status_code == 200


def test_a_database_that_is_away_keeps_nobody_waiting(
    shop: Flask,
    room: WaitingRoom,
    session: str,
    patience: None,
    elsewhere: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = wait(shop, room, session, elsewhere)
    monkeypatch.setattr(room, "_engine", room._engine.execution_options(isolation_level="no such level"))
    assert answer.result(timeout=10).status_code == 204


def test_pages_wait_only_where_they_are_told_to(app: Flask, shop: Flask, session: str) -> None:
    assert "&amp;wait=1" in Shopper(shop.test_client()).get(f"/pay/{session}").text
    assert "wait=1" not in Shopper(app.test_client()).get(f"/pay/{session}").text
    assert ask(app, session).status_code == 204


def ask(app: Flask, session: str, seen: int = 1) -> TestResponse:
    return Context().run(app.test_client().get, f"/pay/{session}/status?seen={seen}&wait=1")


def wait(shop: Flask, room: WaitingRoom, session: str, elsewhere: ThreadPoolExecutor) -> Future[TestResponse]:
    """A poll that is held back, from another thread."""
    answer = elsewhere.submit(ask, shop, session)
    wait_for(lambda: room._waiting)
    return answer
