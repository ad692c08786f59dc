"""What the database itself refuses, whatever a line of code tries."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.payments.core.locked_session import lock
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.rules.money import LARGEST_AMOUNT
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.payment_states import ENDED_UNPAID, OPEN, PAID, State
from smartcart.shop.models import Order, OrderStatus
from tests.payments.opened import begin, open_session
from tests.support.databases import ON_SQLITE, SQLITE

pytestmark = pytest.mark.usefixtures("app")

# How SQLite says it, and PostgreSQL.
TAKEN = "UNIQUE constraint failed|duplicate key value violates unique constraint"


def add_session(**fields: Any) -> None:
    """Add a session past the record, wrong as `fields` are."""
    now = clock.now()
    values = {
        "id": "another-session",
        "owner": "ada",
        "merchant": "",
        "order_reference": "SC-1",
        "amount": 4200,
        "currency": "EUR",
        "pay_url": "https://shop.example/pay/another-session",
        "state": State.CREATED,
        "max_attempts": 3,
        "gateway": "sandbox",
        "created_at": now,
        "expires_at": now,
    }
    with writing():
        db.session.add(PaymentSession(**values | fields))


def add_attempt(session_id: str, number: int, outcome: OutcomeKind | None = None, max_attempts: int = 3) -> None:
    """Add an attempt past the record."""
    now = clock.now()
    with writing():
        db.session.add(
            Attempt(
                session_id=session_id, number=number, max_attempts=max_attempts, method="m", outcome=outcome,
                begun_at=now, deadline_at=now,
            )
        )  # fmt: skip


def execute(statement: str, **values: object) -> None:
    with writing():
        db.session.execute(text(statement), values)


@pytest.mark.parametrize("first", sorted(OPEN))
@pytest.mark.parametrize("second", sorted(OPEN))
def test_an_order_has_one_open_session(first: State, second: State) -> None:
    add_session(id="first", state=first)
    with pytest.raises(IntegrityError, match=TAKEN):
        add_session(id="second", state=second)


@pytest.mark.parametrize("ended", sorted(ENDED_UNPAID | PAID))
def test_a_session_that_has_ended_leaves_room_for_the_next(ended: State) -> None:
    add_session(id="first", state=ended)
    add_session(id="second")
    assert db.session.query(PaymentSession).count() == 2


def test_an_ended_session_cannot_be_opened_again_beside_an_open_one() -> None:
    add_session(id="first", state=State.EXPIRED)
    add_session(id="second")
    with pytest.raises(IntegrityError, match=TAKEN):
        execute("update payment_session set state = 'created' where id = 'first'")


def test_merchants_number_their_orders_as_they_like() -> None:
    add_session(id="first", merchant="one")
    add_session(id="second", merchant="other")
    assert db.session.query(PaymentSession).count() == 2


def test_a_session_has_no_two_attempts_of_one_number() -> None:
    add_session(id="a")
    add_attempt("a", 1, OutcomeKind.DECLINED)
    with pytest.raises(
        IntegrityError, match=r"payment_attempt\.session_id, .*number|uq_payment_attempt_session_id_number"
    ):
        add_attempt("a", 1, OutcomeKind.DECLINED)


def test_a_session_has_no_second_attempt_while_the_outcome_of_one_is_open() -> None:
    add_session(id="a")
    add_attempt("a", 1)
    with pytest.raises(IntegrityError, match=r"payment_attempt\.session_id\n|uq_payment_attempt_undecided"):
        add_attempt("a", 2)


def test_a_decided_attempt_leaves_room_for_the_next() -> None:
    add_session(id="a")
    add_attempt("a", 1, OutcomeKind.DECLINED)
    add_attempt("a", 2)
    assert db.session.query(Attempt).count() == 2


@pytest.mark.parametrize("number", [0, -1, 4])
def test_an_attempt_is_numbered_from_one_to_the_most_there_may_be(number: int) -> None:
    add_session(id="a")
    with pytest.raises(IntegrityError, match="number_in_range"):
        add_attempt("a", number)


@pytest.mark.parametrize("attempts", [-1, 4])
def test_a_session_counts_no_more_attempts_than_there_may_be(attempts: int) -> None:
    with pytest.raises(IntegrityError, match="attempts_in_range"):
        add_session(attempts=attempts)


def test_an_attempt_belongs_to_a_session() -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key constraint"):
        add_attempt("nobody's", 1)


@pytest.mark.parametrize("amount", [0, -1, LARGEST_AMOUNT + 1])
def test_the_amount_of_a_session_is_positive_and_can_be_charged(amount: int) -> None:
    with pytest.raises(IntegrityError, match="ck_payment_session_amount_in_range"):
        add_session(amount=amount)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("payment_session", "state", "paid"),
        ("payment_session", "state", "CREATED"),
        ("payment_session", "interruption", "earthquake"),
        ("payment_attempt", "outcome", "maybe"),
        ("payment_attempt", "interruption", "earthquake"),
        ("shop_order", "status", "half_paid"),
    ],
)
def test_a_word_that_is_not_in_its_enum_is_refused(table: str, column: str, value: str) -> None:
    begin(open_session())
    with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
        execute(f"update {table} set {column} = :value", value=value)  # noqa: S608  # names from the list above


@pytest.mark.parametrize("column", ["state", "amount", "max_attempts", "expires_at", "owner"])
def test_a_session_without_what_it_needs_is_refused(column: str) -> None:
    open_session()
    with pytest.raises(IntegrityError, match=r"(?i)not[- ]null constraint"):
        execute(f"update payment_session set {column} = null")  # noqa: S608  # names from the list above


@pytest.mark.parametrize(
    "change",
    [
        "update payment_event set detail = 'nothing happened'",
        "update payment_event set detail = detail where true",
        "delete from payment_event",
        "delete from payment_event where id = 1",
    ],
)
def test_the_trail_is_only_ever_added_to(change: str) -> None:
    open_session()
    with pytest.raises(DBAPIError, match="the audit trail is only ever added to"):
        execute(change)


@pytest.mark.parametrize("kind", ["", "forgotten"])
def test_the_trail_knows_its_kinds_of_events(kind: str) -> None:
    session_id = open_session()
    with pytest.raises(IntegrityError, match="eventkind"):
        execute(
            "insert into payment_event (session_id, at, kind, actor, move, detail)"
            " values (:session_id, :at, :kind, 'me', '', '')",
            session_id=session_id, at="2026-11-22", kind=kind,
        )  # fmt: skip


def test_stock_is_never_negative() -> None:
    open_session()
    with pytest.raises(IntegrityError, match="stock_not_negative"):
        execute("update product set stock = -1")


@pytest.mark.parametrize("price", [0, -1, LARGEST_AMOUNT + 1])
def test_nothing_is_sold_for_nothing(price: int) -> None:
    open_session()
    with pytest.raises(IntegrityError, match="ck_product_price_in_range"):
        execute("update product set price = :price", price=price)


def test_a_row_that_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    session_id = open_session()

    def overwrite() -> None:
        with writing():
            session = db.session.get_one(PaymentSession, session_id)
            db.session.execute(text("update payment_session set version = version + 1"))
            session.state = State.CANCELLED

    with pytest.raises(StaleDataError):
        overwrite()
    assert db.session.get_one(PaymentSession, session_id, populate_existing=True).state is State.CREATED


def test_a_held_session_whose_row_has_changed_all_the_same_is_not_overwritten() -> None:
    session_id = open_session()

    def overwrite() -> None:
        with lock(session_id) as session:
            db.session.execute(text("update payment_session set version = version + 1"))
            session.method = "sandbox_slow"

    with pytest.raises(StaleDataError):
        overwrite()
    found = db.session.get_one(PaymentSession, session_id, populate_existing=True)
    assert (found.version, found.method) == (1, "")


def test_a_held_session_that_is_left_as_it_is_has_no_new_version() -> None:
    session_id = open_session()
    with lock(session_id):
        pass
    assert db.session.get_one(PaymentSession, session_id, populate_existing=True).version == 1


@ON_SQLITE
def test_a_write_transaction_keeps_other_processes_from_writing_from_its_very_beginning(settings: Settings) -> None:
    path = settings.database_url.removeprefix(SQLITE)
    locked = pytest.raises(sqlite3.OperationalError, match="database is locked")
    with writing(), closing(sqlite3.connect(path, timeout=0)) as other_process, locked:
        other_process.execute("begin immediate")


def test_a_write_transaction_that_fails_leaves_nothing_behind() -> None:
    session_id = open_session()

    def half_done() -> None:
        with writing():
            db.session.get_one(PaymentSession, session_id).state = State.CANCELLED
            db.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert db.session.get_one(PaymentSession, session_id, populate_existing=True).state is State.CREATED


def test_what_was_loaded_before_a_write_is_read_again_in_it(app: Flask) -> None:
    order_id = db.session.get_one(PaymentSession, open_session()).order_id
    with writing():
        known = db.session.get_one(Order, order_id)
    with app.app_context():  # somebody else
        execute("update shop_order set status = 'unpaid'")
    with writing():
        assert known.status is OrderStatus.UNPAID


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="a moment without a time zone cannot be stored"):
        add_session(expires_at=clock.now().replace(tzinfo=None))
