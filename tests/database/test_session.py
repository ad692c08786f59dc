"""Connections to the database, and whose turn it is."""

from collections.abc import Callable
from functools import partial
from threading import Event, Thread

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database import sqlite
from smartcart.database.postgresql import SETTINGS
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from tests.support.databases import ON_POSTGRESQL, ON_SQLITE
from tests.support.ports import free_port
from tests.support.postgresql import PostgreSQL
from tests.support.shopper import product
from tests.support.two_at_once import PATIENCE
from tests.support.waiting import wait_for


@pytest.fixture
def another(app: Flask) -> Callable[[Callable[[], object]], Event]:
    """Does something on a thread of its own; returns what is set when it is done."""

    def start(action: Callable[[], object]) -> Event:
        done = Event()

        def run() -> None:
            with app.app_context():
                action()
            done.set()

        Thread(target=run, daemon=True).start()
        return done

    return start


def driver() -> psycopg.Connection:
    """The driver's own connection under the session's."""
    found = db.session.connection().connection.dbapi_connection
    assert isinstance(found, psycopg.Connection)
    return found


def test_who_queues_for_the_same_waits_until_the_other_is_done(another: Callable[..., Event]) -> None:
    def queue() -> None:
        with writing():
            queue_for("cart", "ada")

    with writing():
        queue_for("cart", "ada")
        done = another(queue)
        assert not done.wait(PATIENCE)
    assert done.wait(10)


@ON_SQLITE
def test_writers_have_their_turns_in_the_order_they_came(another: Callable[..., Event]) -> None:
    came, wrote = list("abcdef"), []

    def write(name: str) -> None:
        with writing():
            wrote.append(name)

    done = []
    with writing():
        for number, name in enumerate(came, 1):
            done.append(another(partial(write, name)))
            wait_for(lambda: len(sqlite.turns._waiting) == number)  # noqa: B023
    assert all(each.wait(10) for each in done)
    assert wrote == came


@ON_POSTGRESQL
def test_who_queues_for_something_else_waits_for_nobody(another: Callable[..., Event]) -> None:
    def queue() -> None:
        with writing():
            queue_for("cart", "bob")

    with writing():
        queue_for("cart", "ada")
        assert another(queue).wait(10)


@ON_POSTGRESQL
def test_a_connection_that_the_server_ended_meanwhile_is_replaced(app: Flask, postgresql: PostgreSQL) -> None:
    backend = driver().info.backend_pid
    db.session.rollback()
    postgresql.execute("select pg_terminate_backend(%s)", backend)
    wait_for(lambda: not postgresql.rows("select 1 from pg_stat_activity where pid = %s", backend))
    db.session.remove()
    assert db.session.scalar(text("select 1")) == 1
    assert driver().info.backend_pid != backend


@ON_POSTGRESQL
def test_the_first_of_two_hosts_may_be_gone(settings: Settings) -> None:
    here = settings.database_url.partition("@")[2]
    address = f"postgresql://postgres@127.0.0.1:{free_port()},{here}?target_session_attrs=read-write"
    with create_app(Settings(**settings.model_dump() | {"database_url": address})).app_context():
        assert db.session.scalar(text("select count(*) from product")) == 0


@ON_POSTGRESQL
def test_every_connection_is_told_how_long_to_wait(app: Flask) -> None:
    shown = {
        name: db.session.scalar(text(f"show {name}"))
        for name in ("default_transaction_isolation", "lock_timeout", "idle_in_transaction_session_timeout")
    }
    assert shown == {
        "default_transaction_isolation": "read committed",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
    }
    given = driver().info.get_parameters()
    assert (given["connect_timeout"], given["tcp_user_timeout"], given["keepalives_idle"]) == ("5", "10000", "10")


@ON_POSTGRESQL
def test_what_the_address_says_of_times_counts(settings: Settings) -> None:
    address = f"{settings.database_url}?connect_timeout=2"
    with create_app(settings.model_copy(update={"database_url": address})).app_context():
        given = driver().info.get_parameters()
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("2", "10000")


@ON_POSTGRESQL
def test_nobody_waits_for_a_row_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, another: Callable[..., Event]
) -> None:
    monkeypatch.setitem(SETTINGS, "lock_timeout", "100ms")
    product("teapot")
    held, let_go = Event(), Event()

    def take() -> None:
        db.session.execute(text("update product set stock = stock - 1"))

    def hold_the_row() -> None:
        with writing():
            take()
            held.set()
            let_go.wait(10)

    done = another(hold_the_row)
    assert held.wait(10)
    with (
        create_app(settings).app_context(),
        pytest.raises(OperationalError, match="lock timeout"),
        writing(),
    ):
        take()
    let_go.set()
    assert done.wait(10)
