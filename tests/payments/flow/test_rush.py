"""More press Pay than there are threads: each is charged when one is free."""

from collections.abc import Iterator
from threading import Event

import pytest

from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, reconciler
from smartcart.rules.outcomes import APPROVED, UNREACHABLE
from smartcart.rules.payment_states import State
from tests.payments.opened import begin, open_session, settle, state_of, time_passes
from tests.payments.scripted import Scripted
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")


@pytest.fixture
def answer_now(gateway: Scripted) -> Iterator[Event]:
    """Keeps the gateway from answering a charge until this is set; by the shop's clock no time goes by."""
    told = Event()
    gateway.instead["charge"] = lambda: told.wait(60) and APPROVED
    yield told
    told.set()


def rush(presses: int) -> list[str]:
    """So many shoppers press Pay; returns their sessions."""
    sessions = [open_session(f"shopper {number}", stock=100) for number in range(presses)]
    for each in sessions:
        desk.pay(each, "sandbox_approve", "shopper")
    return sessions


def are_paid(sessions: list[str]) -> bool:
    return all(state_of(each) is State.COMPLETED for each in sessions)


def test_an_automatic_retry_waits_as_well(answer_now: Event) -> None:
    sessions = rush(runtime().settings.gateway_threads)
    sessions.append(open_session())
    settle(begin(sessions[-1], "sandbox_unreachable_once"), UNREACHABLE)
    time_passes(2)
    assert reconciler.retry() == 1
    assert queries.attempts_of(sessions[-1])[-1].send_by is not None
    answer_now.set()
    wait_for(lambda: are_paid(sessions))


def test_a_rush_is_charged_thread_by_thread(gateway: Scripted, answer_now: Event) -> None:
    """Three times as many presses as there are threads, while the gateway hangs: each is on record, and is paid."""
    threads = runtime().settings.gateway_threads
    sessions = rush(3 * threads)
    waiting = [queries.attempts_of(each)[0].send_by is not None for each in sessions]
    assert waiting == sorted(waiting), "who comes first has a thread"
    assert sum(waiting) > threads
    assert desk.cancel(sessions.pop(), "shopper").state is State.CANCELLED, "which needs no thread"
    answer_now.set()
    wait_for(lambda: are_paid(sessions))
    assert gateway.asked.count("charge") == len(sessions)
