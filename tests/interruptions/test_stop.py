"""The server is told to stop."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.interruptions.truth import attempts, charged, state_on_record
from tests.support.databases import ON_SQLITE
from tests.support.running import START_LIMIT, RunningShop
from tests.support.waiting import wait_for

# On PostgreSQL a shop is stopped under load by test_restart_under_load.py.
pytestmark = ON_SQLITE

# At rest nothing is waited for; two busy cores need this much to end two processes.
PROMPTLY = 5.0


@pytest.fixture
def shop(stopped_shop: RunningShop) -> RunningShop:
    stopped_shop.start()
    return stopped_shop


@pytest.fixture(scope="module")
def stopped_shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    return new_shop()


@pytest.fixture
def patient_shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    """It waits for a gateway that takes 5 s."""
    shop = new_shop(payment_timeout=8)
    shop.start()
    return shop


def test_a_shop_at_rest_stops_promptly(shop: RunningShop) -> None:
    shop.process.terminate()
    ends_promptly(shop)


def test_two_signals_at_once_stop_it_as_one_does(shop: RunningShop) -> None:
    shop.process.send_signal(signal.SIGINT)
    shop.process.send_signal(signal.SIGTERM)
    ends_promptly(shop)


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_signals_to_all_of_its_group_stop_it_promptly(shop: RunningShop, signals: list[signal.Signals]) -> None:
    """As Ctrl-C in a terminal and systemd send them."""
    for each in signals:
        os.killpg(shop.process.pid, each)
    ends_promptly(shop)


def ends_promptly(shop: RunningShop) -> None:
    told = time.monotonic()
    assert shop.wait_for_end() == 0
    assert time.monotonic() - told < PROMPTLY
    assert not [line for line in shop.log_lines() if "Traceback" in line]


def test_a_payment_under_way_is_carried_on_after_the_next_start(shop: RunningShop) -> None:
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session, "sandbox_timeout_charged")
    shop.stop()
    shop.start()
    visitor.wait_until(session, "completed")
    assert charged(shop, session) == 1
    shop.stop()


def test_calls_under_way_have_their_time_and_nothing_new_is_begun(patient_shop: RunningShop) -> None:
    visitor = patient_shop.visitor()
    under_way, other = visitor.order(), visitor.order()
    visitor.pay(under_way, "sandbox_slow")
    patient_shop.process.terminate()
    wait_for(lambda: visitor.get("/readyz").status == 503)

    assert visitor.status(under_way).state == "processing"
    refused = visitor.pay(other)
    assert refused.status == 303
    assert "Nothing was taken and no attempt was used" in visitor.get(refused.location).text
    refused = visitor.call(f"/session/{other}/pay", method="sandbox_approve")
    assert (refused.status, refused.json["code"], refused.json.get("money")) == (503, "busy", None)
    assert int(refused.headers["Retry-After"]) > 0

    assert patient_shop.wait_for_end() == 0
    assert state_on_record(patient_shop, under_way) == "completed"
    assert (attempts(patient_shop, other), charged(patient_shop, under_way)) == ([], 1)


def test_a_page_that_waits_for_news_is_told_at_once_that_it_has_to_ask_again(patient_shop: RunningShop) -> None:
    """Otherwise the news would come first, for the payment is over before a wait can be: then the answer is 200."""
    visitor = patient_shop.visitor()
    session = visitor.order()
    visitor.pay(session, "sandbox_slow")
    seen = visitor.status(session).version
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(visitor.get, f"/pay/{session}/status?seen={seen}&wait=1")
        patient_shop.process.terminate()
        told = answer.result(START_LIMIT)
    assert (told.status, told.headers["Connection"]) == (204, "close")
    assert patient_shop.wait_for_end() == 0
    assert state_on_record(patient_shop, session) == "completed"


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]])
def test_a_worker_stops_promptly_and_well(stopped_shop: RunningShop, signals: list[signal.Signals]) -> None:
    worker = stopped_shop.spawn("worker")
    lines = len(stopped_shop.log_lines())
    wait_for(lambda: [line for line in stopped_shop.log_lines()[lines:] if "Working" in line], START_LIMIT)
    for each in signals:
        worker.send_signal(each)
    assert worker.wait(PROMPTLY) == 0
    assert not [line for line in stopped_shop.log_lines() if "Traceback" in line]
