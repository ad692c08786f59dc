"""No job runs: nobody reconciles, retries or sweeps, until a worker comes."""

import signal
from collections.abc import Callable, Iterator

import pytest

from tests.interruptions.truth import attempts, charged, let_time_run_out, state_on_record
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# On PostgreSQL test_many_processes.py has two workers at the same rows.
pytestmark = ON_SQLITE


@pytest.fixture(scope="module")
def jobless_shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    shop = new_shop()
    shop.start("--no-schedule")
    return shop


@pytest.fixture
def shopper(jobless_shop: RunningShop) -> Visitor:
    return jobless_shop.visitor()


@pytest.fixture
def start_worker(jobless_shop: RunningShop) -> Iterator[Callable[[], None]]:
    workers = []
    yield lambda: workers.append(jobless_shop.spawn("worker"))
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        worker.wait(10)


def test_an_ordinary_payment_needs_no_job(jobless_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    shopper.pay(session)
    shopper.wait_until(session, "completed")
    assert charged(jobless_shop, session) == 1


def test_a_cancel_needs_no_job(jobless_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_decline")
    shopper.wait_until(session, "interrupted")
    shopper.cancel(session)
    assert shopper.status(session).state == "cancelled"


def test_the_bank_needs_no_job(jobless_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_challenge")
    shopper.wait_until(session, "action_required")
    back = shopper.confirm_with_bank(session)
    assert back.status == 303
    shopper.get(back.location.removeprefix(shopper.url))
    shopper.wait_until(session, "completed")
    assert charged(jobless_shop, session) == 1


def test_a_lost_reply_is_settled_by_whoever_asks(jobless_shop: RunningShop, shopper: Visitor) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_lost_reply")
    shopper.wait_until(session, "checking")
    assert shopper.call(f"/session/{session}/complete").json["money"] == "taken"
    assert charged(jobless_shop, session) == 1


def test_two_workers_that_come_settle_what_is_in_the_dark_once(
    jobless_shop: RunningShop, shopper: Visitor, start_worker: Callable[[], None]
) -> None:
    in_the_dark, to_be_retried, out_of_time = shopper.order(), shopper.order(), shopper.order()
    shopper.pay(in_the_dark, "sandbox_timeout_charged")
    shopper.pay(to_be_retried, "sandbox_unreachable_once")
    shopper.wait_until(in_the_dark, "checking")
    let_time_run_out(jobless_shop, out_of_time)
    start_worker()
    start_worker()
    shopper.wait_until(in_the_dark, "completed", limit=20)
    shopper.wait_until(to_be_retried, "completed")
    assert attempts(jobless_shop, to_be_retried) == [(1, "unreachable"), (2, "approved")]
    assert [charged(jobless_shop, session) for session in (in_the_dark, to_be_retried)] == [1, 1]
    wait_for(lambda: state_on_record(jobless_shop, out_of_time) == "expired")
