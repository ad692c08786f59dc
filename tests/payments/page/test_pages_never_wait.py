"""The gateway hangs, and time runs out on many open pages: none waits for it, and others can pay."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, reconciler
from smartcart.rules.outcomes import APPROVED, NOT_CHARGED, UNREACHABLE, Outcome
from smartcart.rules.payment_states import State
from tests.payments.opened import AT_THE_BANK, DECLINED, begin, open_session, settle, state_of, time_passes
from tests.payments.scripted import Scripted
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop")

# The gateway hangs for longer than any page may take, and a busy machine is slow. In seconds.
HANGS, AT_ONCE = 20.0, 2.5


@pytest.fixture
def hanging(gateway: Scripted) -> Iterator[Event]:
    """The gateway answers no question until this is set."""
    answer_now = Event()

    def hang(outcome: Outcome) -> Outcome:
        answer_now.wait(HANGS)
        return outcome

    gateway.instead.update(close=lambda: hang(NOT_CHARGED), ask=lambda: hang(APPROVED))
    yield answer_now
    answer_now.set()


def page_of(app: Flask, address: str) -> tuple[float, str]:
    """How long a page takes, and what it says."""
    began = time.monotonic()
    answer = Shopper(app.test_client()).get(address)
    assert answer.status_code in (200, 303)
    return time.monotonic() - began, answer.text


def declined_sessions(count: int) -> list[str]:
    session_ids = [open_session(f"shopper {number}", stock=count + 5) for number in range(count)]
    for session_id in session_ids:
        settle(begin(session_id), DECLINED)
    return session_ids


def test_open_pages_that_expire_while_the_gateway_hangs_leave_room_to_pay(
    scripted_shop: Flask, hanging: Event, gateway: Scripted
) -> None:
    session_ids = declined_sessions(runtime().settings.gateway_threads + 2)
    time_passes(901)
    payable = open_session("somebody else")
    looks = [f"/pay/{session_id}{tail}" for session_id in session_ids for tail in ("", "/status?seen=1")]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda address: page_of(scripted_shop, address), looks))
    assert max(seconds for seconds, _ in answers) < AT_ONCE
    assert all("Time is over" in text for _, text in answers)
    assert not any(re.search("<section[^>]*data-choosing", text) for _, text in answers)
    del gateway.instead["ask"]  # by which the sandbox itself answers
    desk.pay(payable, "sandbox_approve", "shopper")
    wait_for(lambda: state_of(payable) is State.COMPLETED)
    hanging.set()
    wait_for(lambda: state_of(session_ids[0]) is State.EXPIRED)


def test_a_page_whose_time_is_over_ends_its_payment_without_waiting_for_it(
    scripted_shop: Flask, hanging: Event
) -> None:
    [session_id] = declined_sessions(1)
    version = queries.find(session_id).version
    time_passes(901)
    seconds, page = page_of(scripted_shop, f"/pay/{session_id}")
    assert (seconds < AT_ONCE, "Time is over. Nothing was taken" in page) == (True, True)
    wait_for(lambda: queries.find(session_id).version > version)
    assert state_of(session_id) is State.INTERRUPTED
    hanging.set()
    wait_for(lambda: state_of(session_id) is State.EXPIRED)


@ON_BOTH
def test_however_many_look_at_what_is_out_of_time_it_is_closed_once(
    scripted_shop: Flask, hanging: Event, gateway: Scripted
) -> None:
    [session_id] = declined_sessions(1)
    time_passes(901)
    for _ in range(3):
        page_of(scripted_shop, f"/pay/{session_id}")
        wait_for(lambda: gateway.asked.count("close") == 1)
    hanging.set()
    wait_for(lambda: state_of(session_id) is State.EXPIRED)
    assert gateway.asked.count("close") == 1


def test_a_retry_that_is_far_off_does_not_keep_a_payment_open_beyond_its_time(scripted_shop: Flask) -> None:
    session_id = open_session()
    settle(begin(session_id), DECLINED)
    time_passes(890)
    settle(begin(session_id), UNREACHABLE)
    time_passes(11)
    page_of(scripted_shop, f"/pay/{session_id}")
    wait_for(lambda: state_of(session_id) is State.EXPIRED)


def test_who_comes_back_from_the_bank_does_not_wait_for_the_gateway(scripted_shop: Flask, hanging: Event) -> None:
    session_id = open_session()
    settle(begin(session_id), AT_THE_BANK)
    seconds, _ = page_of(scripted_shop, f"/pay/{session_id}/return")
    assert seconds < AT_ONCE
    assert state_of(session_id) is State.ACTION_REQUIRED
    hanging.set()
    wait_for(lambda: state_of(session_id) is State.COMPLETED)


def test_who_comes_back_from_the_bank_while_no_thread_is_free_is_looked_after_at_the_next_turn(
    scripted_shop: Flask, hanging: Event
) -> None:
    session_id = open_session()
    settle(begin(session_id), AT_THE_BANK)
    under_way = [runtime().pool.run(lambda: hanging.wait(HANGS)) for _ in range(runtime().pool.room)]
    seconds, _ = page_of(scripted_shop, f"/pay/{session_id}/return")
    assert seconds < AT_ONCE
    assert queries.find(session_id).due_at == clock.now()
    hanging.set()
    assert all(each.result(HANGS) is None for each in under_way)
    wait_for(lambda: runtime().pool.room)
    assert reconciler.reconcile() == 1
    wait_for(lambda: state_of(session_id) is State.COMPLETED)
