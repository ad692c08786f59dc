"""The sweep: many sessions run out of time, and nobody waits for their end."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.looks import Looks, Question, Rows
from smartcart.database.session import db, writing
from smartcart.payments.core import expiry, queries, record
from smartcart.payments.core.models import Event, EventKind
from smartcart.payments.flow import reconciler
from smartcart.rules.payment_states import State
from smartcart.shop import cart
from smartcart.shop.models import Order, OrderStatus, Product
from tests.payments.on_record import events
from tests.payments.opened import (
    DECLINED,
    MERCHANT,
    begin,
    fill_cart,
    open_for_merchant,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
    time_passes,
)
from tests.payments.scripted import Scripted
from tests.support.databases import ON_POSTGRESQL
from tests.support.shopper import product

pytestmark = pytest.mark.usefixtures("scripted_shop")


def test_more_than_a_batch_expires_in_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "BATCH", 3)
    sessions = [open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")) for number in range(10)]
    time_passes(900)
    assert reconciler.sweep() == 10
    for session in sessions:
        trail = events(session)
        assert state_of(session) is State.EXPIRED
        assert [(line.kind, line.before, line.after) for line in trail[1:]] == [
            (EventKind.MOVED, State.CREATED, State.EXPIRED)
        ]
        assert (trail[1].move, trail[1].actor, trail[1].at) == ("expire", "clock", clock.now())
    assert reconciler.sweep() == 0


def test_an_expired_session_looks_as_if_it_had_ended_alone() -> None:
    alone, among_many = open_session("ada"), open_session("grace")
    time_passes(900)
    record.end(alone, record.Move.EXPIRE, "clock")
    reconciler.sweep()
    same = ("state", "version", "ended_at", "due_at", "retry_at", "looks", "needs_person_at", "refund_due", "attempts")
    one, other = queries.find(alone), queries.find(among_many)
    assert {name: getattr(one, name) for name in same} == {name: getattr(other, name) for name in same}


def test_stock_and_carts_come_back_once_for_many_orders() -> None:
    kettle = product("kettle", stock=5)
    for shopper in ("ada", "grace", "alan"):
        with writing():
            cart.put(shopper, db.session.get_one(Product, kettle.id), 1)
        open_session(shopper, quantity=2, stock=10)
    assert (stock_left("teapot"), stock_left("kettle")) == (4, 2)
    time_passes(900)
    assert reconciler.sweep() == 3
    assert reconciler.sweep() == 0
    assert (stock_left("teapot"), stock_left("kettle")) == (10, 5)
    assert set(db.session.scalars(select(Order.status))) == {OrderStatus.UNPAID}
    for shopper in ("ada", "grace", "alan"):
        lines = cart.cart_of(shopper).lines
        assert {line.product.slug: line.quantity for line in lines} == {"teapot": 2, "kettle": 1}


def test_what_comes_back_joins_what_lies_in_the_cart_now() -> None:
    open_session("ada", quantity=2, stock=10)
    fill_cart("ada", quantity=1)
    time_passes(900)
    reconciler.sweep()
    assert [line.quantity for line in cart.cart_of("ada").lines] == [2]


def test_two_orders_of_one_shopper_come_back_into_one_cart() -> None:
    open_session("ada", quantity=1, stock=10)
    open_session("ada", quantity=3, stock=10)
    time_passes(900)
    assert reconciler.sweep() == 2
    assert [line.quantity for line in cart.cart_of("ada").lines] == [3]
    assert stock_left() == 10


def test_what_is_no_longer_on_sale_stays_out_of_the_cart() -> None:
    open_session("ada", quantity=2, stock=10)
    with writing():
        db.session.execute(text("update product set on_sale = false"))
    time_passes(900)
    reconciler.sweep()
    assert cart.cart_of("ada").lines == []
    assert stock_left() == 10


def test_what_was_tried_is_left_to_the_reconciler_and_open_pages_are_drawn_once_more(
    gateway: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "BATCH", 2)
    sessions = [open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")) for number in range(5)]
    for session in sessions:
        settle(begin(session), DECLINED)
    versions = [queries.find(session).version for session in sessions]
    time_passes(900)
    for _ in range(2):
        assert reconciler.sweep() == 0
    found = [queries.find(session) for session in sessions]
    assert {session.due_at for session in found} == {clock.now()}
    assert [session.version for session in found] == [version + 1 for version in versions]
    assert gateway.asked == []


def test_two_sweeps_at_once_expire_each_session_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "BATCH", 4)
    for number in range(20):
        open_session(f"shopper {number}", stock=20)
    assert stock_left() == 0
    time_passes(900)
    swept = _at_once([create_app(settings), create_app(settings)], reconciler.sweep)
    assert sum(swept) == 20
    db.session.rollback()  # an older look would show an older truth
    moves = select(Event.session_id, func.count()).where(Event.kind == EventKind.MOVED).group_by(Event.session_id)
    assert Counter(count for _, count in db.session.execute(moves)) == {1: 20}
    assert stock_left() == 20


def test_a_payment_that_is_quicker_than_the_sweep_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """More time, and an attempt, between the sweep's look and its turn to write."""
    session = open_session()
    time_passes(900)
    seen = expiry._none

    def more_time_is_given(found: Any) -> bool:
        answer = seen(found)
        with writing():
            db.session.execute(text("update payment_session set expires_at = :later"), {"later": "2030-01-01 00:00:00"})
        begin(session)
        return answer

    monkeypatch.setattr(expiry, "_none", more_time_is_given)
    assert expiry.expire_untried(10) == 0
    assert state_of(session) is State.PROCESSING
    assert order_of(session).status is OrderStatus.OPEN


@pytest.mark.parametrize("job", [reconciler.sweep, reconciler.reconcile, reconciler.retry])
def test_a_job_with_nothing_to_do_looks_into_an_index_and_writes_nothing(
    job: Callable[[], int], asked: list[tuple[str, Any]]
) -> None:
    open_session()
    asked.clear()
    assert job() == 0
    questions = [(statement, values) for statement, values in asked if not statement.startswith("BEGIN")]
    assert questions
    for statement, values in questions:
        assert statement.startswith("SELECT")
        plan = _plan(statement, values)
        assert re.search("USING (COVERING )?INDEX ix_|Index (Only )?Scan", plan), (statement, plan)


@ON_POSTGRESQL
def test_many_open_sessions_beside_many_that_have_ended_do_not_have_the_whole_table_read(
    asked: list[tuple[str, Any]],
) -> None:
    session = open_session()
    with writing():
        db.session.execute(text(MANY), {"of": session})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze payment_session"))
    asked.clear()
    assert reconciler.sweep() == 0
    looks = [(statement, values) for statement, values in asked if "expires_at" in statement]
    assert looks
    for statement, values in looks:
        with db.engine.connect() as connection:
            plan = str(connection.exec_driver_sql(f"explain {statement}", values).all())
        assert "Seq Scan" not in plan, plan


# One in eight is open for a long time to come; the others' time is over long since, and they have ended.
MANY = """
insert into payment_session select (jsonb_populate_record(null::payment_session, to_jsonb(one) || jsonb_build_object(
    'id', md5(number::text) , 'order_reference', number::text, 'order_id', null,
    'state', case number % 8 when 0 then 'created' else 'expired' end,
    'expires_at', case number % 8 when 0 then '2100-01-01' else '2000-01-01' end
))).* from payment_session as one, generate_series(1, 5000) as number where id = :of
"""


@pytest.fixture
def asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the database is told, in a transaction and outside of any."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        db.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, values, context, many: asked.append((statement, values)),
    )
    look = Looks.rows_of_each

    def look_and_tell(looks: Looks, questions: Sequence[Question]) -> list[Rows]:
        asked.extend((statement, tuple(values)) for statement, values in questions)
        return look(looks, questions)

    monkeypatch.setattr(Looks, "rows_of_each", look_and_tell)
    return asked


def _plan(statement: str, values: Any) -> str:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return str(connection.exec_driver_sql(f"explain query plan {statement}", values).all())
        # Of a table so small PostgreSQL would take none, and of several that fit any.
        connection.exec_driver_sql("set enable_seqscan = off")
        return str(connection.exec_driver_sql(f"explain {statement}", values).all())


def _at_once(apps: list[Flask], work: Callable[[], int]) -> list[int]:
    answers: list[int] = []

    def run(app: Flask) -> None:
        with app.app_context():
            answers.append(work())

    threads = [Thread(target=run, args=[app]) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
