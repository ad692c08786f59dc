"""Two transactions at the same moment, each before the other is written: what one of them decides by, none may change.

SQLite has one writer at a time. On PostgreSQL both are at work until one has to wait for the other.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from smartcart.database.session import db, writing
from smartcart.payments.core import queries, record
from smartcart.payments.core.refusals import AlreadyPaid
from smartcart.payments.core.terms import Instrument
from smartcart.payments.flow import opening
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import Move, State
from smartcart.shop import cart, stock
from smartcart.shop.models import OrderStatus, Product
from smartcart.shop.orders import EmptyCart
from tests.payments.opened import (
    BASE_URL,
    DECLINED,
    MERCHANT,
    begin,
    end_unpaid,
    fill_cart,
    open_again,
    open_for_merchant,
    open_session,
    order_of,
    settle,
    state_of,
    stock_left,
)
from tests.support.two_at_once import PATIENCE, kinds, meeting, overlapping, together

LARGER = replace(MERCHANT, lifetime=1800.0)


def ended_for_merchant() -> int:
    """An attempt of a merchant's session that was cancelled; returns its id."""
    session_id = open_for_merchant()
    attempt_id = begin(session_id)
    settle(attempt_id, DECLINED)
    record.end(session_id, Move.CANCEL, "merchant")
    return attempt_id


def place(shopper: str) -> Callable[[], object]:
    return lambda: opening.place_and_open(shopper, "Ada", "ada@example.org", BASE_URL)


def put(shopper: str, slug: str, quantity: int) -> Callable[[], None]:
    def put_into_cart() -> None:
        with writing():
            cart.put(shopper, db.session.query(Product).filter_by(slug=slug).one(), quantity)

    return put_into_cart


def add(shopper: str, slug: str) -> Callable[[], None]:
    def add_to_cart() -> None:
        with writing():
            cart.add(shopper, db.session.query(Product).filter_by(slug=slug).one(), 1)

    return add_to_cart


def in_cart(shopper: str) -> dict[str, int]:
    db.session.rollback()
    return {line.product.slug: line.quantity for line in cart.cart_of(shopper).lines}


def test_a_merchants_order_charged_late_in_two_sessions_is_fulfilled_once(app: Flask) -> None:
    first = ended_for_merchant()
    second = begin(open_for_merchant())
    answers = overlapping(app, lambda: settle(first, APPROVED), lambda: settle(second, APPROVED))
    assert kinds(answers) == {"LockedSession": 2}
    assert sorted(session.refund_due for session in answers) == [False, True]  # type: ignore[union-attr]


def test_an_order_charged_late_in_two_sessions_is_paid_once(app: Flask) -> None:
    session_id, first = end_unpaid(State.CANCELLED)
    second = begin(open_again(order_of(session_id).id))
    answers = overlapping(app, lambda: settle(first, APPROVED), lambda: settle(second, APPROVED))
    assert kinds(answers) == {"LockedSession": 2}
    assert sorted(session.refund_due for session in answers) == [False, True]  # type: ignore[union-attr]
    assert (order_of(session_id).status, stock_left()) == (OrderStatus.PAID, 4)


@pytest.mark.parametrize("terms", [(MERCHANT, MERCHANT), (MERCHANT, LARGER)])
def test_a_merchants_order_opened_twice_has_one_session(app: Flask, terms: Any) -> None:
    answers = overlapping(app, *[lambda each=each: open_for_merchant(each) for each in terms])
    assert len(set(answers)) == 1
    assert kinds(answers) == {"str": 2}


def test_a_merchants_order_opened_while_it_is_paid_late_is_paid_or_opened_and_not_payable(app: Flask) -> None:
    late = ended_for_merchant()
    opened, settled = overlapping(app, open_for_merchant, lambda: settle(late, APPROVED))
    assert kinds([settled]) == {"LockedSession": 1}
    if isinstance(opened, str):
        with pytest.raises(AlreadyPaid):
            begin(opened)
    else:
        assert isinstance(opened, AlreadyPaid)


@pytest.mark.parametrize("of_merchant", [False, True])
def test_while_an_attempt_is_let_in_its_order_is_not_paid_by_another_session(app: Flask, of_merchant: bool) -> None:
    """Somebody who sees the order paid can be sure that nothing more is begun for it."""
    if of_merchant:
        late = ended_for_merchant()
        session_id = open_for_merchant()
    else:
        ended, late = end_unpaid(State.CANCELLED)
        session_id = open_again(order_of(ended).id)

    def settle_late() -> bool:
        with app.app_context():
            return settle(late, APPROVED).state is State.COMPLETED

    with ThreadPoolExecutor(1) as another:
        paid = []

        def pay_meanwhile() -> bool:
            paid.append(another.submit(settle_late))
            assert not wait(paid, PATIENCE).done, "the order was paid while an attempt was being let in"
            return True

        record.begin(session_id, Instrument("sandbox_approve"), "shopper", 30.0, reserve=pay_meanwhile)
        assert paid[0].result(timeout=10)
    assert state_of(session_id) is State.PROCESSING


@pytest.mark.parametrize("of_merchant", [False, True])
def test_no_attempt_is_let_in_for_an_order_that_was_paid_by_another_session(app: Flask, of_merchant: bool) -> None:
    if of_merchant:
        late = ended_for_merchant()
        session_id = open_for_merchant()
    else:
        ended, late = end_unpaid(State.CANCELLED)
        session_id = open_again(order_of(ended).id)
    settle(late, APPROVED)
    with pytest.raises(AlreadyPaid):
        begin(session_id)


def test_one_cart_ordered_in_two_tabs_is_one_order(app: Flask) -> None:
    fill_cart()
    assert kinds(overlapping(app, place("ada"), place("ada"))) == {"str": 1, EmptyCart.__name__: 1}
    assert stock_left() == 4


def test_what_is_put_into_the_cart_while_it_is_ordered_is_ordered_or_stays(app: Flask) -> None:
    fill_cart()
    fill_cart("bob", slug="kettle")
    session_id, _ = overlapping(app, place("ada"), put("ada", "kettle", 2))
    assert kinds([session_id]) == {"str": 1}
    ordered = {line.product.slug: line.quantity for line in order_of(session_id).lines}  # type: ignore[arg-type]
    assert {**ordered, **in_cart("ada")} == {"teapot": 1, "kettle": 2}


@pytest.mark.parametrize("quantities", [(1, 1), (1, 2), (0, 2)])
def test_the_same_thing_put_into_the_cart_twice_lies_there_once(app: Flask, quantities: tuple[int, int]) -> None:
    fill_cart("bob")
    answers = overlapping(app, *[put("ada", "teapot", quantity) for quantity in quantities])
    assert answers == [None, None]
    assert in_cart("ada").get("teapot", 0) in quantities


def test_a_double_click_on_add_adds_two(app: Flask) -> None:
    fill_cart("bob")
    assert overlapping(app, add("ada", "teapot"), add("ada", "teapot")) == [None, None]
    assert in_cart("ada") == {"teapot": 2}


def test_two_who_order_the_same_two_things_never_wait_for_each_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds one when it asks for the other; they have put them into their carts the other way round."""
    for shopper, slugs in (("ada", ["teapot", "kettle"]), ("bob", ["kettle", "teapot"])):
        for slug in slugs:
            fill_cart(shopper, slug=slug)
    take, meet = stock._take, meeting(2)

    def take_and_meet(product_id: int, quantity: int) -> bool:
        taken = take(product_id, quantity)
        meet()
        return taken

    monkeypatch.setattr(stock, "_take", take_and_meet)
    assert kinds(together(app, place("ada"), place("bob"))) == {"str": 2}
    assert [stock_left(slug) for slug in ("teapot", "kettle")] == [3, 3]


@pytest.mark.parametrize("_round", range(3))
def test_orders_that_end_bring_goods_back_while_the_same_shopper_orders_them_again(app: Flask, _round: int) -> None:
    ended = []
    for _ in range(3):
        fill_cart(slug="kettle", stock=20)
        ended.append(open_session(stock=20))
    fill_cart(slug="kettle")
    fill_cart()
    answers = overlapping(
        app,
        place("ada"),
        *[lambda session_id=each: record.end(session_id, Move.CANCEL, "shopper") for each in ended],
        put("ada", "teapot", 2),
    )
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    ordered = order_of(answers[0]).lines  # type: ignore[union-attr]
    assert sum(line.quantity for line in ordered if line.product.slug == "teapot") + stock_left() == 20
    assert [state_of(each) for each in ended] == [State.CANCELLED] * 3
    assert queries.find(answers[0]).state is State.CREATED  # type: ignore[union-attr]
