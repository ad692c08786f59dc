"""Cancelled, and the money had been taken before: one press asks for it back, and the owner sees that first."""

import pytest

from smartcart import clock
from smartcart.database.session import writing
from smartcart.payments.core import findings, record
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.queries import find
from smartcart.payments.flow import desk
from smartcart.payments.refunds import transitions
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from tests.payments.on_record import events
from tests.payments.opened import begin, make_refund, open_session, settle
from tests.payments.page.test_poll import NOW, change
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.visitor import words

# It is what the pages say of it; the sums and the moves are held on both databases beside it.
pytestmark = ON_SQLITE

SAID = "You asked to cancel, but the money had been taken before"
TOO_LATE = {"state": "completed", "attempts": 1, "version": 7, "cancel_requested_at": "2026-11-22 09:00:00"}


@pytest.fixture
def too_late(shopper: Shopper, database: str) -> str:
    """A payment that was cancelled while its attempt was in flight, and paid by it."""
    clock.freeze(NOW)
    session = shopper.order()
    change(database, session, **TOO_LATE)
    return session


def wanted() -> list[str]:
    return [finding.session for finding in findings.open_ones() if finding.verdict is Verdict.REFUND_WANTED]


def test_the_page_says_that_the_money_was_taken_before_and_whom_to_ask(shopper: Shopper, too_late: str) -> None:
    for path in (f"/pay/{too_late}", f"/pay/{too_late}/status?seen=6"):
        page = words(shopper.get(path).text)
        assert SAID in page
        assert "There is nothing more to do" not in page
        assert "Thank you" not in page
        assert "name order SC-1001" in page


def test_one_press_asks_for_the_money_and_another_one_changes_nothing(shopper: Shopper, too_late: str) -> None:
    assert 'data-testid="want-back"' in shopper.get(f"/pay/{too_late}").text
    for _ in range(2):
        answer = shopper.post(f"/pay/{too_late}/want-back")
        assert (answer.status_code, answer.location) == (303, f"/pay/{too_late}")
    page = shopper.get(f"/pay/{too_late}").text
    assert "You have asked for your money back" in words(page)
    assert 'data-testid="want-back"' not in page
    assert wanted() == [too_late]
    asked = [event for event in events(too_late) if event.detail == transitions.WANTED_BACK]
    assert [event.kind for event in asked] == [EventKind.CANCEL_REQUESTED]
    assert find(too_late).state is State.COMPLETED


def test_who_has_not_cancelled_asks_in_vain(shopper: Shopper, too_late: str, database: str) -> None:
    change(database, too_late, cancel_requested_at=None)
    assert 'data-testid="want-back"' not in shopper.get(f"/pay/{too_late}").text
    said = shopper.get(shopper.post(f"/pay/{too_late}/want-back").location).text
    assert "There is no money of this payment that could be given back" in words(said)
    assert wanted() == []


@pytest.mark.usefixtures("app")
def test_the_owner_sees_it_before_all_else_until_the_money_is_given_back() -> None:
    session = open_session()
    attempt_id = begin(session)
    record.request_cancel(session, "shopper", "")
    settle(attempt_id, APPROVED)
    desk.want_back(session, "shopper")
    with writing():  # newer, and for nobody who waits
        findings.add(Verdict.CHARGED_TWICE, session, "another charge", 4200, "EUR", "twice")
    assert [finding.verdict for finding in findings.open_ones()] == [Verdict.REFUND_WANTED, Verdict.CHARGED_TWICE]
    make_refund(session)
    assert wanted() == []
