"""Two at the same moment, made to happen with real threads: one of them is first, and the other hears so."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.protocol import ChargeRequest
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries, record
from smartcart.payments.core.refusals import Busy, InProgress, Refused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, opening
from smartcart.rules.outcomes import APPROVED, TIMED_OUT, UNREACHABLE, Outcome, OutcomeKind
from smartcart.rules.payment_states import Move, State
from smartcart.shop.models import OrderStatus
from smartcart.shop.orders import EmptyCart
from smartcart.shop.stock import OutOfStock
from tests.payments.opened import (
    BASE_URL,
    DECLINED,
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
from tests.support.pace import UNHURRIED
from tests.support.two_at_once import kinds, together
from tests.support.waiting import wait_for

pytestmark = UNHURRIED

MANY = 20


def test_of_twenty_attempts_at_once_one_begins(app: Flask) -> None:
    session_id = open_session()
    answers = together(app, *[lambda: begin(session_id)] * MANY)
    assert kinds(answers) == {"int": 1, "InProgress": MANY - 1}
    assert queries.find(session_id).attempts == len(queries.attempts_of(session_id)) == 1


def test_of_twenty_presses_of_pay_at_once_one_is_charged(app: Flask, sandbox: Sandbox) -> None:
    session_id = open_session()
    answers = together(app, *[lambda: desk.pay(session_id, "sandbox_approve", "shopper")] * MANY)
    assert kinds(answers)["NoneType"] == 1
    assert all(answer is None or isinstance(answer, InProgress | Busy) for answer in answers)
    wait_for(lambda: state_of(session_id) is State.COMPLETED)
    assert len(queries.attempts_of(session_id)) == len(list(sandbox.charges())) == 1


def test_attempts_at_once_never_exceed_the_most_there_may_be(app: Flask) -> None:
    session_id = open_session()

    def try_and_decline() -> None:
        settle(begin(session_id), DECLINED, closed=True)

    for _ in range(3):
        together(app, *[try_and_decline] * 8)
    assert state_of(session_id) is State.FAILED
    assert [attempt.number for attempt in queries.attempts_of(session_id)] == [1, 2, 3]


def test_of_twenty_shoppers_and_one_last_item_one_gets_it(app: Flask) -> None:
    for number in range(MANY):
        fill_cart(f"shopper {number}", stock=1)

    def place(number: int) -> Callable[[], object]:
        return lambda: opening.place_and_open(f"shopper {number}", "Ada", "ada@example.org", BASE_URL)

    answers = together(app, *[place(number) for number in range(MANY)])
    assert kinds(answers) == {"str": 1, "OutOfStock": MANY - 1}
    assert stock_left() == 0


def test_a_checkout_sent_twice_at_once_is_one_order(app: Flask) -> None:
    fill_cart()
    answers = together(app, *[lambda: opening.place_and_open("ada", "Ada", "ada@example.org", BASE_URL)] * 2)
    assert kinds(answers) == {"str": 1, EmptyCart.__name__: 1}
    assert stock_left() == 4


def test_of_two_shoppers_who_each_want_what_the_other_holds_one_at_least_can_order(app: Flask) -> None:
    fill_cart("ada", quantity=2, stock=3)
    fill_cart("bob", quantity=2)

    def place(shopper: str) -> Callable[[], object]:
        return lambda: opening.place_and_open(shopper, shopper, "a@example.org", BASE_URL)

    assert kinds(together(app, place("ada"), place("bob"))) == {"str": 1, OutOfStock.__name__: 1}
    assert stock_left() == 1


def test_an_order_opened_again_twenty_times_at_once_has_one_session(app: Flask) -> None:
    session_id, _ = end_unpaid(State.CANCELLED)
    order_id = order_of(session_id).id
    answers = together(app, *[lambda: open_again(order_id)] * MANY)
    assert len(set(answers)) == 1
    assert stock_left() == 4


def test_a_merchants_order_opened_twenty_times_at_once_has_one_session(app: Flask) -> None:
    assert len(set(together(app, *[open_for_merchant] * MANY))) == 1


def test_an_answer_that_comes_from_four_sides_at_once_is_written_down_once(app: Flask) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    together(app, *[lambda: settle(attempt_id, APPROVED)] * 4)
    assert [event.move for event in queries.events_of(session_id) if event.move] == ["attempt", "approved"]
    assert stock_left() == 4


def test_of_approved_and_declined_at_once_approved_wins(app: Flask) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    together(app, lambda: settle(attempt_id, DECLINED), lambda: settle(attempt_id, APPROVED))
    assert (state_of(session_id), order_of(session_id).status) == (State.COMPLETED, OrderStatus.PAID)


@pytest.mark.parametrize("move", [Move.CANCEL, Move.EXPIRE])
@pytest.mark.parametrize("approved_first", [True, False])
def test_approved_wins_over_an_end_whichever_comes_first(app: Flask, move: Move, approved_first: bool) -> None:
    session_id = open_session(quantity=2)
    attempt_id = begin(session_id)
    settle(attempt_id, DECLINED)
    record.request_cancel(session_id, "shopper", "")
    steps: list[Callable[[], object]] = [
        lambda: settle(attempt_id, APPROVED),
        lambda: record.end(session_id, move, "shopper"),
    ]
    for step in steps if approved_first else reversed(steps):
        step()
    assert (state_of(session_id), order_of(session_id).status) == (State.COMPLETED, OrderStatus.PAID)
    assert stock_left() == 3


@pytest.mark.parametrize("_round", range(5))
def test_approved_wins_over_ends_at_the_same_moment(app: Flask, _round: int) -> None:
    session_id = open_session(quantity=2)
    attempt_id = begin(session_id)
    settle(attempt_id, DECLINED)
    together(
        app,
        *[lambda: settle(attempt_id, APPROVED)] * 3,
        *[lambda: record.end(session_id, Move.CANCEL, "shopper")] * 3,
        *[lambda: settle(attempt_id, DECLINED)] * 3,
    )
    assert (state_of(session_id), order_of(session_id).status) == (State.COMPLETED, OrderStatus.PAID)
    assert stock_left() == 3


def test_ending_twenty_times_at_once_gives_the_stock_back_once(app: Flask) -> None:
    session_id = open_session(quantity=2)
    together(app, *[lambda: record.end(session_id, Move.CANCEL, "shopper")] * MANY)
    assert (state_of(session_id), stock_left()) == (State.CANCELLED, 5)


@pytest.mark.parametrize("_round", range(5))
def test_of_an_attempt_and_a_wish_to_cancel_at_once_neither_is_lost(app: Flask, _round: int) -> None:
    session_id = open_session()
    attempt, _ = together(app, lambda: begin(session_id), lambda: record.request_cancel(session_id, "shopper", ""))
    session = queries.find(session_id)
    assert session.cancelling
    assert session.state is (State.CREATED if isinstance(attempt, Refused) else State.PROCESSING)


def test_a_retry_by_hand_and_one_by_itself_at_once_are_one_attempt(app: Flask) -> None:
    session_id = open_session()
    settle(begin(session_id), UNREACHABLE)
    together(
        app,
        lambda: desk.pay(session_id, "sandbox_timeout", "shopper"),
        lambda: desk.pay(session_id, "sandbox_timeout", "automatic retry"),
    )
    assert len(queries.attempts_of(session_id)) == 2


def test_twenty_late_approvals_at_once_take_the_stock_again_once(app: Flask) -> None:
    session_id, attempt_id = end_unpaid(State.EXPIRED, quantity=2)
    together(app, *[lambda: settle(attempt_id, APPROVED)] * MANY)
    assert (state_of(session_id), stock_left()) == (State.COMPLETED, 3)


class SlowGateway(Sandbox):
    """A gateway that answers when it is allowed to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_answer = Event()

    def charge(self, request: ChargeRequest) -> Outcome:
        assert self.may_answer.wait(timeout=10)
        return super().charge(request)


def test_a_line_that_is_too_long_refuses_an_attempt_without_counting_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = SlowGateway(settings.sandbox_ledger)
    with create_app(settings.model_copy(update={"gateway_threads": 2}), gateway).app_context():
        monkeypatch.setattr(runtime().pool, "_longest_line", 0)
        first, second, third = open_session(), open_session(), open_session()
        desk.pay(first, "sandbox_approve", "shopper")
        desk.pay(second, "sandbox_approve", "shopper")
        with pytest.raises(Busy):
            desk.pay(third, "sandbox_approve", "shopper")
        assert (state_of(third), queries.find(third).attempts) == (State.CREATED, 0)
        gateway.may_answer.set()
        wait_for(lambda: state_of(first) is state_of(second) is State.COMPLETED)
        wait_for(lambda: runtime().pool.is_idle)
        desk.pay(third, "sandbox_approve", "shopper")
        wait_for(lambda: state_of(third) is State.COMPLETED)


def test_a_shop_whose_gateway_hangs_still_answers(settings: Settings) -> None:
    gateway = SlowGateway(settings.sandbox_ledger)
    app = create_app(settings.model_copy(update={"gateway_threads": 1}), gateway)
    with app.app_context():
        desk.pay(open_session(), "sandbox_approve", "shopper")
        assert app.test_client().get("/").status_code == 200
        assert desk.cancel(open_session(), "shopper").state is State.CANCELLED
        gateway.may_answer.set()


def test_an_unanswered_attempt_and_its_late_answer_at_once_agree(app: Flask) -> None:
    session_id = open_session()
    attempt_id = begin(session_id)
    together(app, lambda: settle(attempt_id, TIMED_OUT), lambda: settle(attempt_id, DECLINED))
    assert state_of(session_id) is State.INTERRUPTED
    assert [attempt.outcome for attempt in queries.attempts_of(session_id)] == [OutcomeKind.DECLINED]
