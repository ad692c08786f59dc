"""Statements that the driver carries out itself: in the transaction that is open, and told as SQLAlchemy tells them.

A question needs no transaction.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import (
    Connection,
    Integer,
    String,
    Table,
    bindparam,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from smartcart.config import Settings
from smartcart.database import sqlite
from smartcart.database.looks import looks_of
from smartcart.database.session import connection, db, open_transaction, writing
from smartcart.database.statements import Prepared
from smartcart.shop.models import Order, OrderStatus, Product
from tests.support.databases import ON_BOTH, ON_POSTGRESQL, ON_SQLITE, write_into
from tests.support.postgresql import PostgreSQL
from tests.support.shopper import product

pytestmark = pytest.mark.usefixtures("app")

ORDERS = cast(Table, Order.__table__)
ADD = Prepared(insert(ORDERS).returning(ORDERS.c.id))
FIND = Prepared(
    select(ORDERS.c.id, ORDERS.c.status, ORDERS.c.placed_at, ORDERS.c.paid_at, ORDERS.c.refunded).where(
        ORDERS.c.number == bindparam("wanted")
    )
)
CHANGE = Prepared(update(ORDERS).where(ORDERS.c.number == bindparam("wanted")))
PLACED_AT = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def add(number: str = "A-1", amount: int = 4200) -> int:
    ((order_id,),) = ADD.rows(
        number=number,
        token=f"token of {number}",
        shopper="ada",
        name="Ada",
        email="ada@example.org",
        status=OrderStatus.OPEN,
        amount=amount,
        currency="EUR",
        placed_at=PLACED_AT,
    )
    return cast(int, order_id)


def number_of_orders() -> int:
    db.session.rollback()
    return cast(int, db.session.scalar(text("select count(*) from shop_order")))


class Undone(Exception):
    """What was written is to be taken back."""


def undo(write: Callable[[], object]) -> None:
    with writing():
        write()
        raise Undone


def test_values_go_in_and_come_out_as_their_columns_have_them() -> None:
    with writing():
        order_id = add()
        assert FIND.rows(wanted="A-1") == [(order_id, OrderStatus.OPEN, PLACED_AT, None, 0)]
        assert CHANGE.change(wanted="A-1", status=OrderStatus.PAID, paid_at=PLACED_AT) == 1
        assert FIND.rows(wanted="A-1") == [(order_id, OrderStatus.PAID, PLACED_AT, PLACED_AT, 0)]
        assert CHANGE.change(wanted="A-2", status=OrderStatus.PAID) == 0
        assert FIND.rows(wanted="A-2") == []


def test_the_same_statement_sets_what_it_is_given() -> None:
    with writing():
        add()
        CHANGE.change(wanted="A-1", refunded=100)
        CHANGE.change(refunded=200, wanted="A-1", status=OrderStatus.PAID)
        assert [row[1:] for row in FIND.rows(wanted="A-1")] == [(OrderStatus.PAID, PLACED_AT, None, 200)]


def test_entities_are_part_of_the_same_transaction() -> None:
    product("teapot", stock=5)

    def write() -> None:
        order_id = add()
        db.session.scalars(select(Product)).one().stock = 4
        db.session.flush()
        assert db.session.get_one(Order, order_id).amount == 4200

    with pytest.raises(Undone):
        undo(write)
    assert number_of_orders() == 0
    assert db.session.scalars(select(Product.stock)).one() == 5


def test_what_a_savepoint_undoes_is_undone() -> None:
    with writing():
        add("A-1")
        savepoint = db.session.begin_nested()
        add("A-2")
        savepoint.rollback()
        with db.session.begin_nested():
            add("A-3")
        assert [len(FIND.rows(wanted=number)) for number in ("A-1", "A-2", "A-3")] == [1, 0, 1]
    assert number_of_orders() == 2


def test_entities_that_were_not_committed_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Connection) -> None:
        raise TimeoutError

    def change() -> None:
        with writing():
            db.session.get_one(Product, teapot.id).stock = 4

    teapot = product("teapot", stock=5)
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "commit", fails)
        with pytest.raises(TimeoutError):
            change()
    assert db.session.get_one(Product, teapot.id).stock == 5


def test_a_row_that_is_refused_is_told_without_its_values() -> None:
    with pytest.raises(IntegrityError, match="shop_order") as refused, writing():
        add(amount=-1)
    assert "ada" not in str(refused.value).lower()
    assert "ada" not in str(refused.value.orig).lower()
    assert number_of_orders() == 0


@ON_POSTGRESQL
def test_a_connection_that_ends_in_the_middle_is_used_no_more(postgresql: PostgreSQL) -> None:
    def write_to_the_end() -> None:
        with writing():
            backend = db.session.scalar(text("select pg_backend_pid()"))
            postgresql.execute("select pg_terminate_backend(%s)", backend)
            add()

    with pytest.raises(OperationalError) as ended:
        write_to_the_end()
    assert ended.value.connection_invalidated
    with writing():
        add()
    assert number_of_orders() == 1


@ON_SQLITE
def test_one_connection_writes_and_another_where_it_could_not_even_roll_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: sqlite.Dialect, driver: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with writing():
        first = connection()
        add("A-1")
    with monkeypatch.context() as patched:
        patched.setattr(sqlite.Dialect, "do_rollback", fails)
        with pytest.raises(OperationalError, match="disk I/O"):
            undo(add)
        assert connection() is not first
    with writing():
        assert connection() is not first
        add("A-3")
    assert number_of_orders() == 2


@ON_SQLITE
def test_a_connection_that_could_not_write_is_replaced_by_one_that_has_the_lock_from_the_start(
    settings: Settings,
) -> None:
    def write_where_nobody_may() -> None:
        with writing():
            connection().exec_driver_sql("pragma query_only = on")
            add()

    with pytest.raises(OperationalError, match="readonly"):
        write_where_nobody_may()
    test_who_writes_has_the_lock_from_the_start(settings)
    with writing():
        add()
    assert number_of_orders() == 1


@ON_SQLITE
def test_who_writes_has_the_lock_from_the_start(settings: Settings) -> None:
    file = settings.database_url.removeprefix("sqlite:///")
    with writing(), closing(sqlite3.connect(file, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("begin immediate")
        with db.engine.connect() as reader:
            assert reader.scalar(text("select count(*) from shop_order")) == 0


@ON_BOTH
def test_a_question_outside_of_a_transaction_begins_none_and_sees_what_was_just_written(database: str) -> None:
    with writing():
        order_id = add()
    assert FIND.rows(wanted="A-1") == [(order_id, OrderStatus.OPEN, PLACED_AT, None, 0)]
    write_into(database, "update shop_order set refunded = 100")
    assert FIND.rows(wanted="A-1") == [(order_id, OrderStatus.OPEN, PLACED_AT, None, 100)]
    assert open_transaction() is None


@ON_BOTH
def test_a_question_within_a_transaction_sees_what_that_has_written() -> None:
    def write() -> None:
        add()
        assert len(FIND.rows(wanted="A-1")) == 1

    with pytest.raises(Undone):
        undo(write)
    assert FIND.rows(wanted="A-1") == []


@ON_BOTH
def test_a_question_that_is_refused_is_told_as_sqlalchemy_tells_it_and_costs_nobody_else_an_answer() -> None:
    nonsense = Prepared(select(literal_column("no_such_column", Integer)).select_from(ORDERS))
    for _ in range(2):
        with pytest.raises((OperationalError, ProgrammingError), match="no_such_column"):
            nonsense.rows()
        assert FIND.rows(wanted="A-1") == []


@ON_SQLITE
def test_threads_that_close_what_nobody_uses_at_the_same_moment_are_not_in_each_others_way() -> None:
    """After a restart of the database each of those that meet it first does so."""
    looks, every = looks_of(db.engine), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            for _ in range(100):
                looks._idle[os.getpid()] += [looks._connect() for _ in range(8)]
                together = Barrier(8)

                def close(together: Barrier = together) -> None:
                    together.wait()
                    looks.close()

                for done in [threads.submit(close) for _ in range(8)]:
                    done.result()
                assert not looks._idle[os.getpid()]
    finally:
        sys.setswitchinterval(every)


@ON_BOTH
def test_values_that_are_part_of_a_statement_go_along_within_a_transaction_and_outside() -> None:
    asking = Prepared(select(ORDERS.c.number).where(literal("a") + bindparam("who", type_=String) == "aada"))
    with writing():
        add()
        assert asking.rows(who="ada") == [("A-1",)]
    assert asking.rows(who="ada") == [("A-1",)]
