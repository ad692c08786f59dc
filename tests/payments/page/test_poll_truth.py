"""The poll never shows an old truth, whoever wrote the new one, and outlives the faults of its database."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from smartcart.database import looks
from smartcart.database.session import db
from smartcart.payments.page.fast.poll import Poll
from smartcart.payments.page.fast.read import Glance
from smartcart.rules.payment_states import State
from tests.support.databases import ON_BOTH, look_into, write_into
from tests.support.shopper import Shopper, product

# The poll asks each driver itself, past SQLAlchemy.
pytestmark = ON_BOTH

THREADS = 8
# PostgreSQL's: what all others who are connected do, and their end. Its own vacuum, which comes when it likes, is none.
STATES = (
    "select state from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
END_ALL = STATES.replace("state", "pg_terminate_backend(pid, 10000)", 1)


@pytest.fixture
def session(shopper: Shopper) -> str:
    return shopper.order()


@pytest.fixture
def eye(app: Flask) -> Glance:
    """What the app's poll looks with."""
    assert isinstance(app.wsgi_app, Poll)
    return app.wsgi_app._glance


@pytest.fixture
def no_flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the poll answers."""
    monkeypatch.setattr(app.wsgi_app, "_next", None)


def test_the_next_poll_shows_what_somebody_else_has_just_written(
    database: str, shopper: Shopper, session: str, no_flask: None
) -> None:
    for version in range(2, 40):
        seen = f"/pay/{session}/status?seen={version - 1}"
        assert shopper.get(seen).status_code == 204
        write(database, session, version)
        answer = shopper.get(seen)
        assert f'data-version="{version}"' in answer.text
        assert shopper.get(f"/pay/{session}/status?seen={version}").status_code == 204


def test_pages_open_in_many_threads_show_each_its_own(app: Flask, database: str, eye: Glance) -> None:
    product(stock=THREADS)
    sessions = [Shopper(app.test_client()).order() for _ in range(THREADS)]

    def watch(session: str) -> None:
        for version in range(2, 30):
            write(database, session, version)
            seen = eye.at(session)
            assert seen is not None
            assert (seen.id, seen.version) == (session, version)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(watch, sessions))
    assert 1 <= len(eye._looks._idle[os.getpid()]) <= THREADS


def test_a_poll_leaves_nothing_open(database: str, shopper: Shopper, session: str) -> None:
    shopper.get(f"/pay/{session}/status")
    if database.startswith("sqlite"):
        # Whoever still reads keeps the write-ahead log from being emptied.
        write(database, session, 2)
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as other:
            assert other.execute("pragma wal_checkpoint(truncate)").fetchone() == (0, 0, 0)
    else:
        states = look_into(database, STATES)
        assert set(states) == {("idle",)}


def test_a_database_that_ended_its_connections_is_asked_over_a_new_one(
    database: str, shopper: Shopper, session: str, eye: Glance, no_flask: None
) -> None:
    path = f"/pay/{session}/status"
    assert shopper.get(path).status_code == 200
    if database.startswith("sqlite"):
        eye._looks._idle[os.getpid()][0][0].connection.close()
    else:
        look_into(database, END_ALL)
    assert shopper.get(path).status_code == 200


def test_while_the_database_is_away_flask_says_so_and_the_poll_comes_back(
    shopper: Shopper, session: str, eye: Glance, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/pay/{session}/status?seen=1"
    with monkeypatch.context() as away:

        def refuse(*_: Any) -> None:
            raise OperationalError("connect", {}, Exception("nobody there"))

        away.setattr(db.engine.pool, "connect", refuse)
        eye._looks.close()
        assert shopper.get(path).status_code == 503
    monkeypatch.setattr(app.wsgi_app, "_next", None)
    assert shopper.get(path).status_code == 204


def test_a_child_process_never_uses_its_parents_connections(
    session: str, eye: Glance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert eye.at(session)
    (parents,) = eye._looks._idle[os.getpid()]
    monkeypatch.setattr(looks.os, "getpid", lambda: -1)
    assert eye.at(session)
    eye._looks.close()
    monkeypatch.undo()
    assert eye._looks._idle[os.getpid()] == [parents]
    assert eye.at(session)


def test_with_the_engine_its_connections_are_closed(session: str, eye: Glance) -> None:
    assert eye.at(session)
    db.session.remove()
    db.engine.dispose()
    assert not eye._looks._idle[os.getpid()]
    found = eye.at(session)
    assert found is not None
    assert found.state is State.CREATED


def write(database: str, session: str, version: int) -> None:
    """Change a session past the shop."""
    write_into(database, "update payment_session set version = ? where id = ?", version, session)
