"""The gateway refuses the connection, so nothing was charged for certain: the shop tries again by itself."""

from datetime import datetime

from tests.interruptions.truth import attempts, charged, charged_at, states_passed
from tests.interruptions.watcher import assert_truthful, watching
from tests.support.databases import ON_SQLITE
from tests.support.running import SETTINGS, RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# When a call is made again is the same on either; test_many_processes.py has PostgreSQL retry once.
pytestmark = ON_SQLITE

RETRY_DELAY = float(str(SETTINGS["RETRY_DELAY"]))
# Jitter spreads a delay from three quarters of it to five quarters; the rest is two busy cores.
SOONEST, LATEST, BUSY = 0.75, 1.25, 3.0


def test_a_gateway_out_of_reach_is_tried_again_by_itself_three_times_and_ends_no_order(
    shared_shop: RunningShop, visitor: Visitor
) -> None:
    session = visitor.order()
    with watching(shared_shop, visitor, session) as sights:
        visitor.pay(session, "sandbox_unreachable")
        wait_for(lambda: has_given_up(visitor, session))
    told = visitor.status(session)
    assert (told.state, told.money, told.attempts) == ("interrupted", "not_taken", 4)
    assert charged(shared_shop, session) == 0
    assert attempts(shared_shop, session) == [(number, "unreachable") for number in (1, 2, 3, 4)]
    assert states_passed(shared_shop, session) == ["created", *["processing", "interrupted"] * 4]
    assert_truthful(sights, charged_at(shared_shop, session))
    assert "We try again by ourselves" in " ".join(sight.text for sight in sights if sight.state == "interrupted")

    known = visitor.session(session)
    assert (known["attempts"], known["max_attempts"], known["can_retry"]) == (4, 7, True)
    visitor.pay(session, "sandbox_approve")
    assert visitor.wait_until(session, "completed").attempts == 5


def has_given_up(visitor: Visitor, session: str) -> bool:
    """Whether it has been tried again by itself as often as it is."""
    known = visitor.session(session)
    return (known["status"], known["attempts"]) == ("interrupted", 4)


def test_each_wait_is_twice_as_long_as_the_one_before(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_unreachable")
    wait_for(lambda: has_given_up(visitor, session))
    first, second, third, _ = (
        datetime.fromisoformat(begun)
        for (begun,) in shared_shop.rows(
            "select cast(begun_at as text) from payment_attempt where session_id = ? order by number", session
        )
    )
    assert SOONEST * RETRY_DELAY <= (second - first).total_seconds() <= LATEST * RETRY_DELAY + BUSY
    assert SOONEST * 2 * RETRY_DELAY <= (third - second).total_seconds() <= LATEST * 2 * RETRY_DELAY + BUSY


def test_a_gateway_out_of_reach_once_ends_paid_at_the_second_attempt(
    shared_shop: RunningShop, visitor: Visitor
) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_unreachable_once")
    assert visitor.wait_until(session, "completed").attempts == 2
    assert charged(shared_shop, session) == 1
    assert attempts(shared_shop, session) == [(1, "unreachable"), (2, "approved")]


def test_a_decline_is_not_tried_again_by_itself(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_decline")
    visitor.wait_until(session, "interrupted")
    known = visitor.session(session)
    assert (known["retry_at"], known["can_retry"]) == (None, True)


def test_who_presses_pay_before_the_retry_is_due_starts_the_one_next_attempt(
    shared_shop: RunningShop, visitor: Visitor
) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_unreachable")
    visitor.wait_until(session, "interrupted")
    visitor.pay(session, "sandbox_approve")
    assert visitor.wait_until(session, "completed").attempts <= 3
    assert charged(shared_shop, session) == 1


def test_a_cancel_ends_the_automatic_retries(shared_shop: RunningShop, visitor: Visitor) -> None:
    session = visitor.order()
    visitor.pay(session, "sandbox_unreachable")
    visitor.wait_until(session, "interrupted")
    visitor.cancel(session)
    assert visitor.wait_until(session, "cancelled").attempts < 3
    assert charged(shared_shop, session) == 0
