"""The server is told to stop, or its worker dies."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.interruptions.truth import charged
from tests.running import RunningShop

# At rest nothing is waited for; two busy cores need this much to end two processes.
PROMPTLY = 5.0


@pytest.fixture
def shop(stopped_shop: RunningShop) -> RunningShop:
    stopped_shop.start()
    return stopped_shop


@pytest.fixture(scope="module")
def stopped_shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    return new_shop()


def test_a_shop_at_rest_stops_promptly(shop: RunningShop) -> None:
    shop.process.terminate()
    ends_promptly(shop)


def test_two_signals_at_once_stop_it_as_one_does(shop: RunningShop) -> None:
    shop.process.send_signal(signal.SIGINT)
    shop.process.send_signal(signal.SIGTERM)
    ends_promptly(shop)


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_signals_that_reach_the_worker_as_well_stop_it_promptly(
    shop: RunningShop, signals: list[signal.Signals]
) -> None:
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


def test_without_its_worker_the_shop_ends_so_that_whoever_started_it_can_start_it_again(shop: RunningShop) -> None:
    found = subprocess.run(["pgrep", "-P", str(shop.process.pid)], capture_output=True, text=True, check=True)
    os.kill(int(found.stdout.split()[0]), signal.SIGKILL)
    assert shop.wait_for_end() == 1
