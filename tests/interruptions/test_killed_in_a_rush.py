"""kill -9, or a stop, while presses on Pay wait for a thread: what never left provably took nothing."""

from collections.abc import Callable

import pytest

from tests.interruptions.faulty import has_reached_the_gateway
from tests.interruptions.truth import attempts, charged, states_passed
from tests.support.databases import look_into
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# Nothing that waits for a thread, for half of that at most, is given up before a test has seen what it wants to see.
TIMES = {"gateway_threads": 1, "payment_timeout": 600}
GIVEN_UP_WITHIN = 20.0
LONG_AGO = "2026-01-01 00:00:00.000000"


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., PatientShop]) -> PatientShop:
    return new_shop(PatientShop, **TIMES)


def rush(shop: RunningShop, method: str) -> tuple[Visitor, str, list[str]]:
    """A visitor, the session that has the one thread there is and is paid so, and those that wait for it."""
    visitor = shop.visitor()
    first, *waiting = sessions = [visitor.order() for _ in range(4)]
    visitor.pay(first, method)
    for session in waiting:
        visitor.pay(session)
    assert [visitor.status(session).state for session in sessions] == ["processing"] * 4
    assert [is_waiting(shop, session) for session in sessions] == [False, True, True, True]
    return visitor, first, waiting


def is_waiting(shop: RunningShop, session: str) -> bool:
    return bool(shop.rows("select id from payment_attempt where session_id = ? and send_by is not null", session))


def let_its_time_be_over(shop: RunningShop, session: str, deadline: str) -> None:
    """The column names which of an attempt's times it is."""
    statement = f"update payment_attempt set {deadline} = ? where session_id = ?"  # noqa: S608  # one of our own
    shop.write(statement, LONG_AGO, session)
    shop.write("update payment_session set due_at = ? where id = ?", LONG_AGO, session)


def is_known_to_the_gateway(shop: RunningShop, session: str) -> bool:
    return bool(look_into(shop.ledger, "select reference from reference where session = ?", session))


def test_killed_what_waited_is_given_up_and_can_be_paid_again(shop: PatientShop) -> None:
    shop.start()
    visitor, hanging, (first, second, cancelled) = rush(shop, "sandbox_timeout_charged")
    wait_for(lambda: has_reached_the_gateway(shop, hanging))
    shop.kill()
    shop.start()
    visitor.cancel(cancelled)
    assert visitor.status(cancelled).state == "cancelled", "at once, for it never left"
    let_its_time_be_over(shop, hanging, "deadline_at")
    visitor.wait_until(hanging, "completed", limit=GIVEN_UP_WITHIN)
    for session in (first, second):
        assert visitor.status(session).state == "processing"
        let_its_time_be_over(shop, session, "send_by")
        visitor.wait_until(session, "interrupted", limit=GIVEN_UP_WITHIN)
        assert visitor.status(session).money == "not_taken"
        assert "It was not sent" in visitor.status(session).text
        assert attempts(shop, session) == [(1, "not_charged")]
    assert not any(is_known_to_the_gateway(shop, session) for session in (first, second, cancelled))
    visitor.pay(first)
    visitor.wait_until(first, "completed")
    assert states_passed(shop, first)[-1] == "completed"
    assert [charged(shop, session) for session in (hanging, first, second, cancelled)] == [1, 1, 0, 0]
    shop.stop()


def test_told_to_stop_it_charges_first_what_waits(shop: PatientShop) -> None:
    shop.start()
    with shop.silence():
        _, first, waiting = rush(shop, "sandbox_approve")
        shop.process.terminate()
    shop.wait_for_end()
    assert [charged(shop, session) for session in (first, *waiting)] == [1, 1, 1, 1]
    for session in (first, *waiting):
        assert attempts(shop, session) == [(1, "approved")]


def test_while_the_one_thread_hangs_what_has_waited_too_long_is_given_up(new_shop: Callable[..., RunningShop]) -> None:
    shop = new_shop(gateway_threads=1, payment_timeout=4)
    shop.start()
    visitor = shop.visitor()
    hanging, waiting = visitor.order(), visitor.order()
    visitor.pay(hanging, "sandbox_timeout")
    visitor.pay(waiting)
    visitor.wait_until(waiting, "interrupted", limit=GIVEN_UP_WITHIN)
    assert attempts(shop, waiting) == [(1, "not_charged")]
    wait_for(lambda: visitor.status(hanging).state == "interrupted")
    assert charged(shop, waiting) == 0
