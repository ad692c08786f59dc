""" "Attempt 2 of 3": wherever attempts are counted, they are the attempts on record."""

import re
from collections.abc import Callable

from smartcart.payments.core.models import PaymentSession
from smartcart.payments.flow import reconciler
from tests.payments.on_record import attempts
from tests.support.caller import Caller
from tests.support.pace import UNHURRIED
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = UNHURRIED

Reached = Callable[..., PaymentSession]


def test_every_place_shows_the_attempts_on_record(
    shopper: Shopper, customer: Caller, admin: Caller, reached: Reached
) -> None:
    session = shopper.order()
    assert _shown(session, shopper, customer, admin) == {0}
    shopper.pay(session, "sandbox_decline")
    assert _shown(session, shopper, customer, admin) == {1}, "while it is under way"
    reached(session, "interrupted")
    assert _shown(session, shopper, customer, admin) == {1}, "when it was declined"
    shopper.pay(session, "visa")
    assert _shown(session, shopper, customer, admin) == {1}, "after one that was refused"
    customer.resume(session, "sandbox_timeout")
    reached(session, "checking")
    shopper.pay(session)
    assert _shown(session, shopper, customer, admin) == {2}, "while nobody knows"
    customer.post(f"/session/{session}/complete")
    shopper.pay(session)
    reached(session, "completed")
    assert {customer.session(session)["attempts"], len(customer.summary(session)["attempts"])} == {3}
    assert len(attempts(session)) == 3


def test_an_automatic_retry_is_counted_like_any_other(
    shopper: Shopper, customer: Caller, admin: Caller, reached: Reached
) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_unreachable_once")
    reached(session, "interrupted")
    assert _shown(session, shopper, customer, admin) == {1}
    wait_for(reconciler.retry)
    assert _shown(session, shopper, customer, admin) == {2}
    reached(session, "completed")
    assert [attempt.number for attempt in attempts(session)] == [1, 2]


def test_a_fourth_attempt_is_counted_nowhere(shopper: Shopper, customer: Caller, reached: Reached) -> None:
    session = shopper.order()
    for last in ("interrupted", "interrupted", "failed"):
        shopper.pay(session, "sandbox_decline")
        reached(session, last)
    assert refusal(shopper.pay(session)) == "AttemptsUsedUp"
    page = shopper.get(f"/pay/{session}").text
    assert "Attempt 3 of 3" in page
    assert 'data-attempts="3"' in page
    assert customer.session(session)["attempts"] == len(attempts(session)) == 3


def _shown(session: str, shopper: Shopper, customer: Caller, admin: Caller) -> set[int]:
    """What is counted in each place; one number when all agree."""
    counted = {len(attempts(session))}
    for path in (f"/pay/{session}", f"/pay/{session}/status"):
        page = shopper.get(path).text
        shown = re.search(r'data-attempts="(\d+)"', page)
        assert shown
        counted.add(int(shown[1]))
        counter = re.search(r'data-testid="attempt-counter">Attempt (\d+) of \d+[:<]', page)
        counted.add(int(counter[1]) if counter else 0)
    summary = customer.summary(session)
    counted |= {customer.session(session)["attempts"], summary["session"]["attempts"], len(summary["attempts"])}
    listed = admin.get("/sessions/active").get_json()["sessions"]
    return counted | {open_one["attempts"] for open_one in listed if open_one["id"] == session}
