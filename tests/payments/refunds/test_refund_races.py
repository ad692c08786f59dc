"""Two who give money back at the same moment: never more goes back than was taken, and each refund once."""

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.books import Balance, RefundAnswer, RefundInBooks
from smartcart.payments.core import queries
from smartcart.payments.core.refund_model import RefundState, new_id
from smartcart.payments.flow import desk
from smartcart.payments.refunds import calls, from_books, transitions
from smartcart.rules.payment_states import State
from tests.payments.opened import order_of
from tests.payments.paying import given_back, pay_new_session
from tests.payments.scripted import Scripted
from tests.support.two_at_once import kinds, overlapping, together
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.fixture
def app(settings: Settings, gateway: Scripted) -> Flask:
    """Every process of the shop is this one."""
    app = create_app(settings, gateway)
    app.logger.disabled = True
    with app.app_context():
        yield app


@pytest.fixture
def paid(app: Flask) -> str:
    return pay_new_session()


def all_settled(session_id: str) -> None:
    def none_is_open() -> bool:
        queries.find(session_id)
        return all(refund.state is not RefundState.REQUESTED for refund in transitions.of_session(session_id))

    wait_for(none_is_open)


@pytest.mark.parametrize("at_once", [together, overlapping])
def test_of_ten_who_give_all_of_it_back_one_does(app: Flask, paid: str, gateway: Scripted, at_once: object) -> None:
    answers = at_once(app, *[lambda: desk.refund(paid, "admin")] * 10)  # type: ignore[operator]
    assert kinds(answers) == {"Refund": 1, "NothingToReturn": 9}
    all_settled(paid)
    assert (given_back(gateway), queries.find(paid).state) == (4200, State.REFUNDED)


@pytest.mark.parametrize("at_once", [together, overlapping])
def test_of_ten_parts_as_many_go_back_as_there_is_money(
    app: Flask, paid: str, gateway: Scripted, at_once: object
) -> None:
    answers = at_once(app, *[lambda: desk.refund(paid, "admin", 1000)] * 10)  # type: ignore[operator]
    assert kinds(answers) == {"Refund": 4, "TooMuchToReturn": 6}
    all_settled(paid)
    assert given_back(gateway) == queries.find(paid).refunded == order_of(paid).refunded == 4000


def test_one_button_pressed_ten_times_at_once_is_one_refund(app: Flask, paid: str, gateway: Scripted) -> None:
    button = new_id()
    together(app, *[lambda: desk.refund(paid, "admin", 1000, refund_id=button)] * 10)
    all_settled(paid)
    assert given_back(gateway) == queries.find(paid).refunded == 1000


def test_a_refund_carried_out_by_ten_at_once_is_written_down_once(app: Flask, paid: str, gateway: Scripted) -> None:
    transitions.request(paid, 1000, "", "admin", "a-refund")
    together(app, *[lambda: calls.make("a-refund", "reconciler")] * 10)
    assert given_back(gateway) == queries.find(paid).refunded == 1000


def test_what_ten_learn_at_once_of_the_gateways_own_refund_is_written_down_once(
    app: Flask, paid: str, gateway: Scripted
) -> None:
    gateway.ledger.refund(queries.find(paid).reference or "", 1000, "of the dashboard")
    overlapping(app, *[lambda: calls.follow(paid)] * 10)
    assert queries.find(paid).refunded == 1000


@pytest.mark.parametrize("answer_first", [True, False])
def test_our_answer_and_their_balance_cross_and_are_counted_once(
    app: Flask, paid: str, gateway: Scripted, answer_first: bool
) -> None:
    """The balance was read when our refund was made already, and is written down before or after our answer is."""
    transitions.request(paid, 1000, "", "admin", "a-refund")
    gateway.ledger.refund(queries.find(paid).reference or "", 1000, "a-refund")
    made = RefundInBooks("re_1", "a-refund", 1000, RefundAnswer.MADE)
    tellings = [
        lambda: calls.make("a-refund", "gateway"),
        lambda: from_books.take_up(paid, Balance(charged=4200, refunded=1000, refunds=(made,))),
    ]
    for tell in tellings if answer_first else reversed(tellings):
        tell()
    assert given_back(gateway) == queries.find(paid).refunded == 1000


def test_our_refund_and_theirs_at_the_same_moment_are_both_counted(app: Flask, paid: str, gateway: Scripted) -> None:
    reference = queries.find(paid).reference or ""

    def theirs() -> None:
        gateway.ledger.refund(reference, 3000, "of the dashboard")
        calls.follow(paid)

    together(app, theirs, lambda: desk.refund(paid, "admin", 2000))
    all_settled(paid)
    calls.follow(paid)
    assert given_back(gateway) == queries.find(paid).refunded
    assert given_back(gateway) in (2000, 3000)
