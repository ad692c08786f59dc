"""What a page is going to ask goes along with its first question, and is answered as if it had been asked by itself."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Integer, bindparam, column, literal, select, table, update
from sqlalchemy.exc import DataError, DBAPIError

from smartcart import clock
from smartcart.database import statements
from smartcart.database.looks import Looks, Question, Rows
from smartcart.database.session import db, execute, writing
from smartcart.database.statements import Prepared
from smartcart.payments.core import queries
from smartcart.shop.models import Product
from tests.support.databases import ON_BOTH, ON_POSTGRESQL
from tests.support.postgresql import PostgreSQL
from tests.support.shopper import Shopper, product

STOCK = Prepared(select(Product.stock).where(Product.slug == bindparam("slug")))
NOWHERE = Prepared(select(column("anything")).select_from(table("nowhere")))
QUOTIENT = Prepared(select(literal(12) // bindparam("divisor", type_=Integer)))
# Made anew for each page.
FORM_TOKEN = re.compile(r'name="csrf_token"[^>]*value="[^"]+"')
# Of who asks, too: it has ended when the answer is there.
END_ALL = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"
PAGES = ["/", "/products/teapot", "/products/kettle", "/cart"]


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions were sent together, each time."""
    sizes: list[int] = []
    ask = Looks.rows_of_each

    def counting(looks: Looks, questions: Sequence[Question]) -> list[Rows]:
        sizes.append(len(questions))
        return ask(looks, questions)

    monkeypatch.setattr(Looks, "rows_of_each", counting)
    return sizes


@pytest.fixture
def stocks(app: Flask) -> None:
    product("teapot", stock=5)
    product("kettle", stock=7)


def only(rows: list[tuple[Any, ...]]) -> Any:
    ((value,),) = rows
    return value


@ON_BOTH
@pytest.mark.usefixtures("stocks")
def test_an_answer_is_the_same_whether_it_went_along_or_was_asked_by_itself() -> None:
    teapots, kettles = (STOCK.foresee(only, slug=slug) for slug in ("teapot", "kettle"))
    assert only(QUOTIENT.rows(divisor=4)) == 3
    assert (teapots.answer(), kettles.answer(), teapots.answer()) == (5, 7, 5)
    assert STOCK.foresee(only, slug="kettle").answer() == 7


@ON_BOTH
@pytest.mark.usefixtures("stocks")
def test_what_is_foreseen_is_sent_with_the_next_question_once(sent: list[int]) -> None:
    teapots = STOCK.foresee(only, slug="teapot")
    STOCK.foresee(only, slug="kettle")
    QUOTIENT.rows(divisor=4)
    QUOTIENT.rows(divisor=3)
    teapots.answer()
    assert sent == [3, 1]


@ON_BOTH
@pytest.mark.usefixtures("stocks")
def test_what_was_written_meanwhile_is_in_the_answer() -> None:
    teapots = STOCK.foresee(only, slug="teapot")
    assert teapots.answer() == 5
    with writing():
        execute(update(Product).where(Product.slug == "teapot").values(stock=4))
    assert teapots.answer() == 4


@ON_POSTGRESQL
@pytest.mark.usefixtures("stocks")
def test_one_that_is_refused_costs_the_others_nothing_but_their_company() -> None:
    nothing, teapots = QUOTIENT.foresee(only, divisor=0), STOCK.foresee(only, slug="teapot")
    with pytest.raises(DataError, match="division by zero"):
        QUOTIENT.rows(divisor=4)
    assert only(QUOTIENT.rows(divisor=4)) == 3
    assert teapots.answer() == 5
    with pytest.raises(DataError, match="division by zero"):
        nothing.answer()


@ON_BOTH
@pytest.mark.usefixtures("stocks")
def test_one_that_cannot_be_asked_leaves_nothing_open_and_the_others_are_asked_anew() -> None:
    nothing, teapots = NOWHERE.foresee(only), STOCK.foresee(only, slug="teapot")
    with pytest.raises(DBAPIError, match="nowhere"):
        QUOTIENT.rows(divisor=4)
    with writing():
        execute(update(Product).where(Product.slug == "teapot").values(stock=4))
    assert teapots.answer() == 4
    with pytest.raises(DBAPIError, match="nowhere"):
        nothing.answer()


@ON_POSTGRESQL
@pytest.mark.usefixtures("stocks")
def test_several_that_meet_a_connection_which_the_server_has_ended_are_asked_anew(
    postgresql: PostgreSQL, sent: list[int]
) -> None:
    assert only(QUOTIENT.rows(divisor=4)) == 3
    postgresql.execute(END_ALL, db.engine.url.database)
    teapots = STOCK.foresee(only, slug="teapot")
    assert only(QUOTIENT.rows(divisor=4)) == 3
    assert teapots.answer() == 5
    assert sent == [1, 2]


@ON_BOTH
def test_every_page_waits_for_the_database_once_and_says_the_same_where_each_is_asked_by_itself(
    shopper: Shopper, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.freeze(clock.now())  # or a minute may have passed
    product("mug", stock=0)
    session = shopper.order("teapot")
    order = queries.find(session).order
    shopper.put_into_cart("kettle", 2)
    shopper.get("/")  # which says so, once
    for path in [*PAGES, f"/pay/{session}", f"/orders/{order.token}"]:
        sent.clear()
        page = shopper.get(path)
        assert page.status_code == 200, path
        assert len(sent) == 1, path
        assert sent[0] > 2, path
        with monkeypatch.context() as by_itself:
            by_itself.setattr(statements, "going_along", list)
            assert FORM_TOKEN.sub("", shopper.get(path).text) == FORM_TOKEN.sub("", page.text), path
        assert set(sent[1:]) == {1}, path
