"""Where no timetable runs, whoever asks how a payment stands has it looked after: in the background, and once."""

from threading import Event

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from smartcart import work_queue
from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.rules.outcomes import APPROVED, CRASHED, PENDING
from smartcart.rules.payment_states import State
from tests.payments.opened import begin, end_unpaid, open_session, settle, state_of, time_passes
from tests.payments.scripted import Scripted
from tests.support.shopper import Shopper
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

# Of the usual interval of 5 s; the first question is due after 2 s.
A_SHORT_WHILE, A_LONG_WHILE = 10.0, 20.0


@pytest.fixture
def in_the_dark(scripted_shop: Flask) -> str:
    session_id = open_session()
    settle(begin(session_id), CRASHED)
    return session_id


@pytest.fixture
def poller(scripted_shop: Flask) -> Shopper:
    return Shopper(scripted_shop.test_client())


def poll(poller: Shopper, session_id: str, seen: int = -1) -> int:
    return poller.get(f"/pay/{session_id}/status?seen={seen}").status_code


def nobody_is_at_it() -> bool:
    return runtime().pool.is_idle


@pytest.mark.parametrize("address", ["/pay/{}/status?seen=1", "/pay/{}", "/pay/{}/status?seen=1&wait=1"])
def test_whoever_looks_at_an_overlooked_payment_has_the_gateway_asked(
    poller: Shopper, gateway: Scripted, in_the_dark: str, address: str
) -> None:
    gateway.instead["ask"] = APPROVED
    time_passes(A_LONG_WHILE)
    assert poller.get(address.format(in_the_dark)).status_code == 200
    wait_for(lambda: state_of(in_the_dark) is State.COMPLETED)


def test_one_thread_for_the_gateway_is_enough(
    monkeypatch: pytest.MonkeyPatch, poller: Shopper, gateway: Scripted, in_the_dark: str
) -> None:
    monkeypatch.setattr(runtime().pool, "_threads", 1)
    gateway.instead["ask"] = APPROVED
    time_passes(A_LONG_WHILE)
    poll(poller, in_the_dark)
    wait_for(lambda: state_of(in_the_dark) is State.COMPLETED)


def test_a_payment_that_a_timetable_is_about_to_look_at_is_left_to_it(
    poller: Shopper, gateway: Scripted, in_the_dark: str
) -> None:
    time_passes(A_SHORT_WHILE)
    assert poll(poller, in_the_dark, queries.find(in_the_dark).version) == 204
    assert poll(poller, in_the_dark) == 200
    assert nobody_is_at_it()
    assert gateway.asked == []


def test_however_many_look_the_gateway_is_asked_once(
    scripted_shop: Flask, poller: Shopper, gateway: Scripted, in_the_dark: str
) -> None:
    gateway.instead["ask"] = gateway.instead["withdraw"] = PENDING
    time_passes(A_LONG_WHILE)
    shoppers = [Shopper(scripted_shop.test_client()) for _ in range(8)]
    answers = together(scripted_shop, *[lambda each=each: poll(each, in_the_dark) for each in shoppers])
    assert answers == [200] * 8
    wait_for(nobody_is_at_it)
    assert gateway.asked.count("ask") == 1
    assert queries.find(in_the_dark).looks == 1


def test_a_look_waits_for_no_gateway(poller: Shopper, gateway: Scripted, in_the_dark: str) -> None:
    answer_now = Event()
    gateway.instead["ask"] = lambda: answer_now.wait(10) and APPROVED
    time_passes(A_LONG_WHILE)
    assert poll(poller, in_the_dark) == 200
    assert not nobody_is_at_it()
    assert poll(poller, in_the_dark, queries.find(in_the_dark).version) == 204
    answer_now.set()
    wait_for(lambda: state_of(in_the_dark) is State.COMPLETED)


def test_a_look_shows_how_it_stands_while_nothing_can_be_written(
    monkeypatch: pytest.MonkeyPatch, poller: Shopper, in_the_dark: str
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("update payment_session …", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(work_queue, "claim_due", refuse)
    time_passes(A_LONG_WHILE)
    assert poll(poller, in_the_dark) == 200
    wait_for(nobody_is_at_it)


def test_an_attempt_whose_process_died_is_found_by_looks_alone(
    scripted_shop: Flask, poller: Shopper, gateway: Scripted
) -> None:
    session_id = open_session()
    begin(session_id)
    gateway.instead["ask"] = APPROVED
    time_passes(32 + A_LONG_WHILE)
    poll(poller, session_id)
    wait_for(lambda: state_of(session_id) is State.CHECKING)
    wait_for(nobody_is_at_it)
    time_passes(A_LONG_WHILE)
    poll(poller, session_id)
    wait_for(lambda: state_of(session_id) is State.COMPLETED)


def test_money_that_is_to_go_back_goes_back(poller: Shopper, gateway: Scripted) -> None:
    session_id, attempt_id = end_unpaid(State.CANCELLED, stock=1)
    open_session("somebody quicker")
    settle(attempt_id, APPROVED)
    gateway.instead["refund"] = RefundAnswer.MADE
    poll(poller, session_id)
    assert nobody_is_at_it()
    time_passes(A_LONG_WHILE)
    poll(poller, session_id)
    wait_for(lambda: state_of(session_id) is State.REFUNDED)
