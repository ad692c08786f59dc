"""kill -9 from outside while payments of every kind are under way, then a restart: each ends right by itself."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.interruptions.truth import attempts, charged, let_time_run_out, states_passed
from tests.support.databases import ON_SQLITE
from tests.support.running import RunningShop
from tests.support.visitor import Visitor

# On PostgreSQL processes are killed by test_killed_server.py, and by the drill.
pytestmark = ON_SQLITE

# What the contract gives a restarted shop, with short settings.
SETTLED_WITHIN = 10.0


@dataclass
class Killed:
    """A shop that was killed and has come back, and the sessions that were under way by name."""

    shop: RunningShop
    visitor: Visitor
    sessions: dict[str, str]


@pytest.fixture(scope="module")
def killed(new_shop: Callable[..., RunningShop]) -> Killed:
    """The retry delay is so long that the kill always falls into it."""
    shop = new_shop(retry_delay=3)
    shop.start()
    visitor = shop.visitor()
    names = ["slow", "silent", "waiting to retry", "at the bank", "cancelling", "declined", "just ordered", "expiring"]
    sessions = {name: visitor.order() for name in names}
    for name, method in [
        ("declined", "sandbox_decline"),
        ("at the bank", "sandbox_challenge"),
        ("waiting to retry", "sandbox_unreachable_once"),
        ("silent", "sandbox_timeout_charged"),
        ("cancelling", "sandbox_timeout"),
        ("slow", "sandbox_slow"),
    ]:
        visitor.pay(sessions[name], method)
    visitor.cancel(sessions["cancelling"])
    visitor.wait_until(sessions["waiting to retry"], "interrupted")
    visitor.wait_until(sessions["at the bank"], "action_required")
    visitor.wait_until(sessions["declined"], "interrupted")
    assert visitor.status(sessions["slow"]).money == "checking"

    shop.kill()
    let_time_run_out(shop, sessions["expiring"])
    shop.start()
    return Killed(shop, visitor, sessions)


@pytest.mark.parametrize(
    ("name", "end", "charges"),
    [
        ("slow", "completed", 1),
        ("silent", "completed", 1),
        ("waiting to retry", "completed", 1),
        ("cancelling", "cancelled", 0),
        ("expiring", "expired", 0),
    ],
)
def test_what_was_under_way_ends_by_itself(killed: Killed, name: str, end: str, charges: int) -> None:
    session = killed.sessions[name]
    killed.visitor.wait_until(session, end, limit=SETTLED_WITHIN)
    assert states_passed(killed.shop, session)[-1] == end
    assert charged(killed.shop, session) == charges


def test_the_wait_for_a_retry_goes_on_and_counts_its_attempts(killed: Killed) -> None:
    session = killed.sessions["waiting to retry"]
    killed.visitor.wait_until(session, "completed", limit=SETTLED_WITHIN)
    assert attempts(killed.shop, session) == [(1, "unreachable"), (2, "approved")]


@pytest.mark.parametrize("name", ["declined", "just ordered"])
def test_what_was_at_rest_can_still_be_paid(killed: Killed, name: str) -> None:
    session = killed.sessions[name]
    assert killed.visitor.status(session).money == "not_taken"
    killed.visitor.pay(session)
    killed.visitor.wait_until(session, "completed")
    assert charged(killed.shop, session) == 1


def test_who_was_at_the_bank_confirms_there_and_has_paid(killed: Killed) -> None:
    session = killed.sessions["at the bank"]
    assert killed.visitor.status(session).state == "action_required"
    back = killed.visitor.confirm_with_bank(session)
    killed.visitor.get(back.location.removeprefix(killed.shop.url))
    killed.visitor.wait_until(session, "completed")
    assert charged(killed.shop, session) == 1
