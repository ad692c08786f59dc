"""What happens to a merchant's payment is on record for its systems, in the transaction in which it happens."""

from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select

from smartcart.database.session import db, writing
from smartcart.gateways.books import Balance, RefundAnswer
from smartcart.payments.core import expiry, queries, record
from smartcart.payments.core.locked_session import lock
from smartcart.payments.core.merchant_event_model import UnnumberedEvent
from smartcart.payments.refunds import from_books, transitions
from smartcart.rules.outcomes import Outcome, OutcomeKind
from tests.payments.opened import MERCHANT, begin, make_refund, open_for_merchant, settle, time_passes

pytestmark = pytest.mark.usefixtures("still_clock")

NOTHING_DISPUTED = Balance(charged=1999, refunded=0)


def events() -> list[UnnumberedEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(UnnumberedEvent).order_by(UnnumberedEvent.id)))


def told() -> list[str]:
    return [event.type for event in events()]


@pytest.fixture
def paid() -> str:
    session = open_for_merchant()
    settle(begin(session), Outcome(OutcomeKind.APPROVED))
    return session


def test_what_is_rolled_back_has_not_happened() -> None:
    with suppress(RuntimeError), writing():
        record.add_session(MERCHANT, "merchant")
        raise RuntimeError
    assert events() == []


def test_many_that_run_out_of_time_at_once_are_told_each_with_its_own_session() -> None:
    sessions = [open_for_merchant(replace(MERCHANT, order_reference=f"A-{number}")) for number in range(3)]
    time_passes(901)
    assert expiry.expire_untried(10) == 3
    expired = [event for event in events() if event.type == "payment.expired"]
    assert sorted(event.session["id"] for event in expired) == sorted(sessions)
    assert {(event.session["status"], event.session["version"]) for event in expired} == {("expired", 2)}


def test_the_session_is_told_as_it_is_on_record_afterwards(paid: str) -> None:
    last = events()[-1]
    on_record = queries.find(paid)
    assert (last.type, last.merchant) == ("payment.completed", "a-merchant")
    assert (last.session["status"], last.session["version"]) == ("completed", on_record.version)


def test_a_refund_that_fails_after_it_was_made_is_told_and_the_payment_is_not_completed_twice(paid: str) -> None:
    make_refund(paid)
    refunded = len(events())
    assert told()[2:] == ["refund.made", "payment.refunded"]
    with lock(paid) as session:
        [refund] = transitions.of_session(paid)
        transitions.decide(refund, session, RefundAnswer.REFUSED, "gateway")
    assert told()[refunded:] == ["refund.failed"]
    assert events()[-1].session["status"] == "completed"


def test_a_refund_that_the_gateway_refuses_is_told(paid: str) -> None:
    make_refund(paid, RefundAnswer.REFUSED)
    assert told()[2:] == ["refund.failed"]


def test_a_dispute_is_told_once_when_it_begins_and_once_when_it_ends(paid: str) -> None:
    disputed = replace(NOTHING_DISPUTED, disputed=1999)
    for balance in (disputed, disputed, NOTHING_DISPUTED, NOTHING_DISPUTED):
        from_books.take_up(paid, balance)
    assert told()[2:] == ["dispute.opened", "dispute.closed"]
    assert [event.session["dispute"] for event in events()[2:]] == ["open", None]


def test_a_dispute_that_is_lost_is_told_as_closed_and_as_no_refund_of_the_shops(paid: str) -> None:
    from_books.take_up(paid, replace(NOTHING_DISPUTED, disputed=1999))
    from_books.take_up(paid, replace(NOTHING_DISPUTED, lost=1999))
    assert told()[2:] == ["dispute.opened", "dispute.closed", "payment.refunded"]
    assert events()[-1].session["dispute"] == "lost"
