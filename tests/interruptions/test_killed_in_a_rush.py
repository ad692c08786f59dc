"""kill -9, or a stop, while presses on Pay wait for a thread: what never left provably took nothing."""

from collections.abc import Callable

import pytest

from tests.interruptions.truth import attempts, charged, states_passed
from tests.support.databases import look_into
from tests.support.running import RunningShop
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# Half of the time for a payment may be waited for a thread: that of the slow card, which takes 5 s.
TIMES = {"gateway_threads": 1, "payment_timeout": 16}
# After that, and some rounds of the reconciler.
GIVEN_UP_WITHIN = 20.0


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    return new_shop(**TIMES)


@pytest.fixture
def rush(shop: RunningShop) -> tuple[Visitor, str, list[str]]:
    """A visitor, the session that has the one thread there is, and those that wait for it."""
    shop.stop()
    shop.start()
    visitor = shop.visitor()
    slow, *waiting = sessions = [visitor.order() for _ in range(4)]
    visitor.pay(slow, "sandbox_slow")
    for session in waiting:
        visitor.pay(session)
    assert [visitor.status(session).state for session in sessions] == ["processing"] * 4
    assert [is_waiting(shop, session) for session in sessions] == [False, True, True, True]
    return visitor, slow, waiting


def is_waiting(shop: RunningShop, session: str) -> bool:
    return bool(shop.rows("select id from payment_attempt where session_id = ? and send_by is not null", session))


def is_known_to_the_gateway(shop: RunningShop, session: str) -> bool:
    return bool(look_into(shop.ledger, "select reference from reference where session = ?", session))


def test_killed_what_waited_is_given_up_and_can_be_paid_again(
    shop: RunningShop, rush: tuple[Visitor, str, list[str]]
) -> None:
    visitor, slow, (first, second, cancelled) = rush
    shop.kill()
    shop.start()
    visitor.cancel(cancelled)
    assert visitor.status(cancelled).state == "cancelled", "at once, for it never left"
    visitor.wait_until(slow, "completed", limit=2 * GIVEN_UP_WITHIN)
    for session in (first, second):
        visitor.wait_until(session, "interrupted", limit=GIVEN_UP_WITHIN)
        assert visitor.status(session).money == "not_taken"
        assert "It was not sent" in visitor.status(session).text
        assert attempts(shop, session) == [(1, "not_charged")]
    assert not any(is_known_to_the_gateway(shop, session) for session in (first, second, cancelled))
    visitor.pay(first)
    visitor.wait_until(first, "completed")
    assert states_passed(shop, first)[-1] == "completed"
    assert [charged(shop, session) for session in (slow, first, second, cancelled)] == [1, 1, 0, 0]


def test_told_to_stop_it_charges_first_what_waits(shop: RunningShop, rush: tuple[Visitor, str, list[str]]) -> None:
    _, slow, waiting = rush
    shop.stop()
    assert [charged(shop, session) for session in (slow, *waiting)] == [1, 1, 1, 1]
    for session in (slow, *waiting):
        assert attempts(shop, session) == [(1, "approved")]
    shop.start()


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
