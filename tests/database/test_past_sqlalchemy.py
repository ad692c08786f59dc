"""What the driver carries out itself ends as it would by SQLAlchemy: with the same rows, or the same error."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest
from sqlalchemy import (
    Executable,
    Integer,
    String,
    Table,
    bindparam,
    column,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, NotSupportedError

from smartcart.database.libpq import Libpq
from smartcart.database.looks import Question
from smartcart.database.session import db, execute, writing
from smartcart.database.statements import Prepared
from smartcart.payments.core import record
from smartcart.payments.core.models import Event, EventKind, PaymentSession
from smartcart.payments.core.terms import Terms
from smartcart.rules.money import Amount
from smartcart.shop.models import Order, OrderStatus
from tests.database.test_statements import PLACED_AT, Undone, add
from tests.support.databases import ON_BOTH, ON_POSTGRESQL, write_into

pytestmark = pytest.mark.usefixtures("app")

Way = Callable[[Executable, dict[str, Any]], Any]

ORDERS, SESSIONS, EVENTS = (cast(Table, model.__table__) for model in (Order, PaymentSession, Event))
ORDER = {
    "number": "A-2",
    "token": "token of A-2",
    "shopper": "Zoë ☃ 'quoted' \\",
    "name": "",
    "email": "ada@example.org",
    "status": OrderStatus.PAID,
    "amount": 999_999_999_999,
    "currency": "EUR",
    "placed_at": PLACED_AT,
    "paid_at": None,
}
LINE = {"session_id": "no such session", "at": PLACED_AT, "kind": EventKind.OPENED, "actor": "shopper"}
TERMS = Terms("ada", "A-1", Amount(4200, "EUR"), "sandbox", 3, 900, "http://shop", merchant_data={"a": "ü"})
# Ids are not given twice.
COLUMNS = [column for column in ORDERS.c if column is not ORDERS.c.id]
ADD, BY_NUMBER = insert(ORDERS).returning(*COLUMNS), ORDERS.c.number == bindparam("wanted")

# Statements with their values, one after another in a transaction.
CASES: dict[str, list[tuple[Executable, dict[str, Any]]]] = {
    "a row in and out": [(ADD, ORDER), (select(*COLUMNS).where(BY_NUMBER), {"wanted": "A-2"})],
    "a session, with what is stored as JSON": [
        (select(*SESSIONS.c).where(SESSIONS.c.amount > bindparam("least")), {"least": 0})
    ],
    "nothing found": [(select(*COLUMNS).where(BY_NUMBER), {"wanted": "A-3"})],
    "a change": [(update(ORDERS).where(BY_NUMBER).returning(ORDERS.c.refunded), {"wanted": "A-1", "refunded": 7})],
    "a percent sign": [(select(ORDERS.c.id).where(ORDERS.c.number.like("%A\\%%")), {})],
    "refused by a check": [(ADD, ORDER | {"amount": -1})],
    "there already": [(ADD, ORDER | {"number": "A-1"})],
    "not there": [(insert(EVENTS).returning(EVENTS.c.actor), LINE)],
    "nothing where something must be": [(ADD, ORDER | {"name": None})],
    "too long": [(ADD, ORDER | {"number": "A" * 1000})],
    "a zero byte": [(ADD, ORDER | {"name": "A\0"})],
    "half of a surrogate pair": [(ADD, ORDER | {"name": "\ud800"})],
    "too large": [(select(ORDERS.c.id).where(ORDERS.c.id == bindparam("id", type_=Integer)), {"id": 2**70})],
    "another kind of value": [(select(ORDERS.c.id).where(BY_NUMBER), {"wanted": object()})],
    "no such column": [(select(literal_column("no_such_column", String)).select_from(ORDERS), {})],
    "after a failure": [(ADD, ORDER | {"amount": -1}), (select(ORDERS.c.number).where(BY_NUMBER), {"wanted": "A-1"})],
}


@pytest.mark.parametrize("case", CASES)
def test_a_transaction_ends_the_same_way(case: str) -> None:
    with writing():
        add("A-1")
        record.add_session(
            Terms("ada", "A-1", Amount(4200, "EUR"), "sandbox", 3, 900, "http://shop", merchant_data={"a": "ü"}), "ada"
        )
    by_sqlalchemy = [ended(case, lambda statement, values: execute(statement, values).all()) for _ in range(2)]
    by_driver = [ended(case, lambda statement, values: Prepared(statement).rows(**values)) for _ in range(2)]
    assert by_driver == by_sqlalchemy


def ended(case: str, way: Way) -> list[object]:
    """What came of each statement; nothing of it stays."""
    found: list[object] = []
    with suppress(Undone), writing():
        found += [outcome(way, statement, values) for statement, values in CASES[case]]
        raise Undone
    return found


def outcome(way: Way, statement: Executable, values: dict[str, Any]) -> object:
    try:
        rows = way(statement, values)
    except DBAPIError as error:
        return type(error), type(error.orig), error.connection_invalidated
    except Exception as error:
        return type(error)
    return [tuple(row) for row in rows]


NUMBERS = select(ORDERS.c.number)
NUMBER = Prepared(update(ORDERS).where(BY_NUMBER))
READERS: dict[str, Callable[[], Any]] = {
    "the driver": lambda: Prepared(NUMBERS).rows(),
    "SQLAlchemy": lambda: execute(NUMBERS).all(),
    "an entity": lambda: db.session.execute(select(Order.number)).all(),
}


@ON_BOTH
@pytest.mark.parametrize("reader", READERS)
def test_what_goes_along_is_there_for_the_next_who_asks(reader: str) -> None:
    with suppress(Undone), writing():
        add("A-1")
        NUMBER.change_along(wanted="A-1", number="A-2")
        NUMBER.change_along(wanted="A-2", number="A-3")
        assert [tuple(row) for row in READERS[reader]()] == [("A-3",)]
        NUMBER.change_along(wanted="A-3", number="A-4")
        raise Undone
    assert Prepared(NUMBERS).rows() == []


@ON_BOTH
@pytest.mark.parametrize("reader", READERS)
def test_what_was_to_go_along_is_gone_with_its_transaction(reader: str) -> None:
    with writing():
        add("A-1")
    with suppress(Undone), writing():
        READERS[reader]()
        NUMBER.change_along(wanted="A-1", number="A-2")
        raise Undone
    with writing():
        READERS[reader]()
    assert Prepared(NUMBERS).rows() == [("A-1",)]


@ON_BOTH
def test_what_goes_along_last_is_on_record_with_the_end() -> None:
    with writing():
        add("A-1")
        NUMBER.change_along(wanted="A-1", number="A-2")
    assert Prepared(NUMBERS).rows() == [("A-2",)]


@ON_BOTH
def test_what_goes_along_first_begins_the_transaction() -> None:
    with writing():
        add("A-1")
    with suppress(Undone), writing():
        NUMBER.change_along(wanted="A-1", number="A-2")
        raise Undone
    with writing():
        pass
    assert Prepared(NUMBERS).rows() == [("A-1",)]


@ON_POSTGRESQL
@pytest.mark.parametrize("way", ["the driver", "SQLAlchemy"])
def test_whoever_goes_on_after_a_failure_is_told_that_nothing_is_on_record(way: str) -> None:
    """PostgreSQL says ROLLBACK in answer to COMMIT, and calls that no error."""

    with writing():
        add("A-2")
    with pytest.raises(InternalError):
        go_on_after_a_failure(way)
    assert Prepared(NUMBERS).rows() == [("A-2",)]


def go_on_after_a_failure(way: str) -> None:
    with writing():
        add("A-1")
        with suppress(IntegrityError):
            if way == "SQLAlchemy":
                execute(ADD, ORDER)
            else:
                Prepared(ADD).rows(**ORDER)


@ON_POSTGRESQL
def test_what_nobody_asks_about_is_waited_for_once_with_the_transactions_beginning_and_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with writing():
        add("A-1")
    trips = trips_of(monkeypatch)
    with writing():
        NUMBER.change_along(wanted="A-1", number="A-2")
        NUMBER.change_along(wanted="A-2", number="A-3")
    assert [[sql.split()[0] for sql in trip] for trip in trips] == [["BEGIN", "UPDATE", "UPDATE", "COMMIT"]]


def trips_of(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What goes to PostgreSQL from now on, by what is waited for at once."""
    trips: list[list[str]] = []
    carry_out = Libpq._carry_out

    def heard(libpq: Libpq, questions: Sequence[Question]) -> list[Any]:
        trips.append([sql for sql, _ in questions])
        return carry_out(libpq, questions)

    monkeypatch.setattr(Libpq, "_carry_out", heard)
    return trips


@ON_BOTH
@pytest.mark.parametrize("reader", [*READERS, "nobody"])
def test_what_goes_along_and_fails_undoes_the_transaction_and_no_other(reader: str) -> None:
    with pytest.raises(IntegrityError):
        add_what_is_refused(READERS.get(reader, lambda: None))
    with writing():
        add("A-2")
    assert Prepared(NUMBERS).rows() == [("A-2",)]


def add_what_is_refused(read: Callable[[], object]) -> None:
    with writing():
        add("A-1")
        NUMBER.change_along(wanted="A-1", amount=-1)
        read()


@ON_BOTH
def test_a_savepoint_undoes_what_went_along_after_it_alone() -> None:
    with writing():
        add("A-1")
        NUMBER.change_along(wanted="A-1", number="A-2")
        with suppress(Undone), db.session.begin_nested():
            NUMBER.change_along(wanted="A-2", number="A-3")
            raise Undone
    assert Prepared(NUMBERS).rows() == [("A-2",)]


@ON_POSTGRESQL
def test_a_plan_that_fits_the_table_no_more_costs_one_answer(database: str) -> None:
    words = Prepared(select(column("word", String)).select_from(text("passing")))

    def look() -> None:
        with writing():
            words.rows()

    write_into(database, "create table passing (word varchar(5))")
    look()
    write_into(database, "alter table passing alter word type varchar(50)")
    with pytest.raises(NotSupportedError, match="cached plan"):
        look()
    look()
    write_into(database, "drop table passing")
