"""A gateway that was silent is back: what waits for it is asked about at once, each once; before that, little is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from smartcart import clock, create_app, work_queue
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.rules import patience
from smartcart.rules.outcomes import APPROVED, GATEWAY_ERROR, LOST_REPLY, NEVER_SENT, PENDING, TIMED_OUT, Outcome
from smartcart.rules.payment_states import State
from smartcart.server import timetable
from smartcart.work_queue import AT_WORK, WorkQueue
from tests.payments.opened import MERCHANT, open_for_merchant, open_session, state_of, time_passes, write_down
from tests.payments.scripted import DOWN, Scripted
from tests.support.databases import ON_SQLITE
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

# So many questions without an answer, and a session waits longer for the next than a claim of it would last.
LOOKS = 5
TOO_MANY = replace(GATEWAY_ERROR, code="rate_limit")
NO_SUCH_REFERENCE = replace(GATEWAY_ERROR, code="no_such_reference")


@pytest.fixture
def in_the_dark(scripted_shop: Flask, gateway: Scripted) -> list[str]:
    """Three payments that were charged in an outage, and asked about again and again since."""
    session_ids = [open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")) for number in range(3)]
    for session_id in session_ids:
        gateway_calls.charge(write_down(session_id, "sandbox_lost_reply"))
    gateway.instead["ask"] = TIMED_OUT
    for _ in range(LOOKS):
        time_passes(longest_wait(session_ids))
        assert reconciler.reconcile() == 3
    assert runtime().pace.is_silent
    assert longest_wait(session_ids) == 80
    return session_ids


def longest_wait(session_ids: list[str]) -> float:
    waits = [(queries.find(session_id).due_at or clock.now()) - clock.now() for session_id in session_ids]
    return max(waits).total_seconds()


def trail(session_id: str) -> list[EventKind]:
    queries.find(session_id)
    return [event.kind for event in queries.events_of(session_id)]


def looks(session_ids: list[str]) -> list[int]:
    return [queries.find(session_id).looks for session_id in session_ids]


def come_back(gateway: Scripted, answer: Outcome | None = None) -> None:
    """The gateway says this again of whatever is asked, or the truth, and somebody has heard it."""
    del gateway.instead["ask"]
    if answer:
        gateway.instead["ask"] = gateway.instead["withdraw"] = answer
    time_passes(1)
    assert reconciler.probe() == 1
    wait_for(lambda: runtime().pace.back_at)
    wait_for(lambda: runtime().pool.is_idle)


def test_as_soon_as_it_is_back_what_waited_is_asked_about(in_the_dark: list[str], gateway: Scripted) -> None:
    assert reconciler.reconcile() == 0
    come_back(gateway)
    assert reconciler.reconcile() == 2, "the third was settled by the question that found out"
    wait_for(lambda: {state_of(session_id) for session_id in in_the_dark} == {State.COMPLETED})


def test_each_is_asked_about_once_and_then_at_its_times(in_the_dark: list[str], gateway: Scripted) -> None:
    come_back(gateway, PENDING)
    assert reconciler.reconcile() == 3
    assert looks(in_the_dark) == [LOOKS + 1] * 3
    assert reconciler.reconcile() == 0
    time_passes(159.9)
    assert reconciler.reconcile() == 0
    time_passes(0.1)
    assert reconciler.reconcile() == 3
    assert reconciler.reconcile() == 0


def test_of_two_who_look_at_once_each_is_asked_about_by_one(
    scripted_shop: Flask, in_the_dark: list[str], gateway: Scripted
) -> None:
    come_back(gateway, PENDING)
    assert sum(together(scripted_shop, *[reconciler.reconcile] * 2)) == 3
    assert looks(in_the_dark) == [LOOKS + 1] * 3


def test_whoever_hears_of_it_first_a_shopper_s_payment_does_too(in_the_dark: list[str], gateway: Scripted) -> None:
    del gateway.instead["ask"]
    session_id = open_session()
    desk.pay(session_id, "sandbox_approve", "shopper")
    wait_for(lambda: state_of(session_id) is State.COMPLETED)
    assert reconciler.reconcile() == 3


def test_whoever_works_the_queue_is_woken(scripted_shop: Flask, in_the_dark: list[str], gateway: Scripted) -> None:
    scripted_shop.extensions[AT_WORK] = queue = WorkQueue(reconciler.sessions())
    come_back(gateway)
    assert queue._woken.is_set()


def test_while_it_is_silent_one_question_finds_out_and_leaves_no_trace(
    in_the_dark: list[str], gateway: Scripted
) -> None:
    before = [(trail(each), queries.find(each).due_at, queries.find(each).version) for each in in_the_dark]
    gateway.asked.clear()
    for _ in range(5):
        assert reconciler.probe() == 1
        wait_for(lambda: runtime().pool.is_idle)
    assert gateway.asked == ["ask"] * 5
    assert [(trail(each), queries.find(each).due_at, queries.find(each).version) for each in in_the_dark] == before


def test_while_it_answers_nobody_has_to_find_out(scripted_shop: Flask, gateway: Scripted) -> None:
    gateway_calls.charge(write_down(open_session(), "sandbox_lost_reply"))
    gateway.asked.clear()
    assert reconciler.probe() == 0
    assert gateway.asked == []


def test_a_silent_gateway_that_nothing_waits_for_is_not_asked(in_the_dark: list[str], gateway: Scripted) -> None:
    with writing():
        for session_id in in_the_dark:
            db.session.get_one(PaymentSession, session_id).account = "somebody else's"
    gateway.asked.clear()
    assert reconciler.probe() == 0
    assert gateway.asked == []


def test_what_belongs_to_another_account_is_not_asked_about_sooner(in_the_dark: list[str], gateway: Scripted) -> None:
    with writing():
        db.session.get_one(PaymentSession, in_the_dark[2]).account = "somebody else's"
    come_back(gateway)
    assert reconciler.reconcile() == 1
    assert state_of(in_the_dark[2]) is State.CHECKING


def test_what_is_due_first_is_that_of_whose_turn_it_is(in_the_dark: list[str], gateway: Scripted) -> None:
    other = open_for_merchant(replace(MERCHANT, merchant="another merchant"))
    gateway_calls.charge(write_down(other, "sandbox_lost_reply"))
    with writing():
        session = db.session.get_one(PaymentSession, other)
        session.looks, session.due_at = 9, clock.now() + timedelta(seconds=599)
    come_back(gateway)
    claims = work_queue.claim_due(reconciler.sessions(), 2)
    assert {claim.group for claim in claims} == {"a-merchant", "another merchant"}


@pytest.mark.parametrize("answer", [TIMED_OUT, LOST_REPLY, NEVER_SENT, GATEWAY_ERROR, TOO_MANY])
def test_what_is_no_answer_slows_questions_down(scripted_shop: Flask, gateway: Scripted, answer: Outcome) -> None:
    room = runtime().pace.room
    ask_about_one(gateway, answer)
    assert runtime().pace.room == room // 2


@pytest.mark.parametrize("answer", [APPROVED, PENDING, NO_SUCH_REFERENCE, DOWN])
def test_what_is_said_of_one_payment_alone_or_broke_here_slows_nothing_down(
    scripted_shop: Flask, gateway: Scripted, answer: Outcome | Exception
) -> None:
    room = runtime().pace.room
    ask_about_one(gateway, answer)
    assert runtime().pace.room == room


def ask_about_one(gateway: Scripted, answer: Outcome | Exception) -> None:
    session_id = open_session()
    gateway_calls.charge(write_down(session_id, "sandbox_decline"))
    gateway.instead["ask"] = gateway.instead["withdraw"] = answer
    gateway_calls.ask(session_id, "merchant")


def test_while_it_is_silent_the_reconciler_asks_two_at_once_and_a_shopper_may_all_the_same(
    in_the_dark: list[str],
) -> None:
    kind = reconciler.sessions()
    assert kind.room() == 2
    hanging = [runtime().pace.begin() for _ in range(2)]
    assert kind.room() == 0
    assert desk.check(in_the_dark[0], "shopper").state is State.CHECKING
    assert trail(in_the_dark[0]).count(EventKind.ASKED) == LOOKS + 1
    for era in hanging:
        runtime().pace.end(era)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody finds out within a moment."""
    monkeypatch.setattr(patience, "PROBE", 0.05)


@ON_SQLITE
def test_a_shop_at_work_finds_out_by_itself(settings: Settings, gateway: Scripted, often: None) -> None:
    settings = settings.model_copy(update={"reconcile_interval": 3600.0})
    app = create_app(settings, gateway)
    with app.app_context():
        session_id = open_session()
        gateway_calls.charge(write_down(session_id, "sandbox_lost_reply"))
        gateway.instead["ask"] = TIMED_OUT
        while not runtime().pace.is_silent:
            gateway_calls.ask(session_id, "shopper")
        with writing():
            session = db.session.get_one(PaymentSession, session_id)
            session.looks, session.due_at = 9, clock.now() + timedelta(seconds=590)
        jobs = timetable.start(app, settings)
        try:
            asked = len(gateway.asked)
            wait_for(lambda: len(gateway.asked) > asked + 1)
            gateway.instead.clear()
            wait_for(lambda: state_of(session_id) is State.COMPLETED)
        finally:
            jobs.shutdown()
            work_queue.wake()
