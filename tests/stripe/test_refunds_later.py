"""What becomes of a refund at Stripe after it was asked for: it waits for days, or fails when it was made already."""

from collections.abc import Callable

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind
from smartcart.payments.core.refund_model import Refund, RefundOrigin, RefundState
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.reconciliation import comparison
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from tests.payments.on_record import events
from tests.payments.opened import state_of
from tests.stripe.letters import deliver, sent_by
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


@pytest.fixture
def tell(stripe_shop: Flask, stripe: StripeServer) -> Callable[[], None]:
    def tell() -> None:
        for letter in sent_by(stripe):
            assert deliver(stripe_shop, letter).status_code == 200

    return tell


def only_refund(session: str) -> Refund:
    queries.find(session)
    [refund] = transitions.of_session(session)
    return refund


def at_stripe(stripe: StripeServer) -> str:
    [refund] = stripe.all("refund")
    return str(refund["id"])


def sums(session: str) -> tuple[int, int, int]:
    found = queries.find(session)
    return found.refunded, found.refund_pending, found.refund_failed


def test_one_that_fails_nine_days_later_is_told_by_a_webhook(
    paid: str, stripe: StripeServer, tell: Callable[[], None]
) -> None:
    desk.refund(paid, "admin")
    wait_for(lambda: state_of(paid) is State.REFUNDED)
    stripe.end_refund(at_stripe(stripe), "failed")
    tell()
    wait_for(lambda: state_of(paid) is State.COMPLETED)
    assert sums(paid) == (0, 0, 4200)


def test_and_is_found_in_the_books_without_one(paid: str, stripe: StripeServer) -> None:
    desk.refund(paid, "admin")
    wait_for(lambda: state_of(paid) is State.REFUNDED)
    comparison.run()
    stripe.end_refund(at_stripe(stripe), "failed")
    comparison.run()
    assert (state_of(paid), sums(paid)) == (State.COMPLETED, (0, 0, 4200))


def test_one_that_waits_for_balance_says_so_and_until_when(paid: str, stripe: StripeServer) -> None:
    stripe.let_refunds_be(status="pending", pending_reason="insufficient_funds")
    desk.refund(paid, "admin")
    wait_for(lambda: only_refund(paid).pending_reason)
    assert (only_refund(paid).state, only_refund(paid).pending_reason) == (RefundState.REQUESTED, "insufficient_funds")
    assert sums(paid) == (0, 4200, 0)
    [needed] = [event.detail for event in events(paid) if event.kind is EventKind.NEEDS_PERSON]
    assert needed.startswith("top up your balance before ")
    assert "no answer" not in needed


def test_one_that_is_processed_for_days_needs_nobody_and_is_asked_about_hourly(paid: str, stripe: StripeServer) -> None:
    stripe.let_refunds_be(status="pending", pending_reason="processing")
    desk.refund(paid, "admin")
    wait_for(lambda: only_refund(paid).pending_reason)
    for _ in range(12):
        clock.freeze(only_refund(paid).due_at)
        reconciler.reconcile()
    refund = only_refund(paid)
    assert refund.due_at is not None
    assert (refund.due_at - clock.now()).total_seconds() == 3600
    assert queries.find(paid).needs_person_at is None
    stripe.end_refund(at_stripe(stripe), "succeeded")
    clock.freeze(refund.due_at)
    reconciler.reconcile()
    assert (state_of(paid), sums(paid)) == (State.REFUNDED, (4200, 0, 0))
    assert len(stripe.all("refund")) == 1


def test_one_that_was_begun_at_the_dashboard_is_never_asked_for_by_us(
    paid: str, stripe: StripeServer, tell: Callable[[], None]
) -> None:
    stripe.let_refunds_be(status="pending", pending_reason="processing")
    stripe.refund(queries.find(paid).reference or "", 1000)
    tell()
    wait_for(lambda: sums(paid) == (0, 1000, 0))
    assert (only_refund(paid).origin, only_refund(paid).id) == (RefundOrigin.GATEWAY, at_stripe(stripe))
    clock.freeze(only_refund(paid).due_at)
    reconciler.reconcile()
    assert len(stripe.all("refund")) == 1
    stripe.end_refund(at_stripe(stripe), "failed")
    clock.freeze(only_refund(paid).due_at)
    reconciler.reconcile()
    assert (sums(paid), only_refund(paid).state) == ((0, 0, 0), RefundState.REFUSED)
