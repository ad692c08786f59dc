"""Disputes at Stripe: every status is known, what is open stays so until Stripe says that it is over."""

from datetime import timedelta
from typing import get_args

import pytest
import stripe as library
from flask import Flask

from smartcart import clock
from smartcart.admin.login import passwords
from smartcart.database.session import writing
from smartcart.gateways.stripe.disputes import STAGES
from smartcart.payments.core import findings, queries
from smartcart.payments.reconciliation import comparison
from smartcart.payments.refunds import calls as refunds
from smartcart.rules.disputes import DisputeStage
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from smartcart.shop.models import OrderStatus
from tests.admin.browser import PASSWORD, AdminBrowser, rows
from tests.payments.on_record import events
from tests.payments.opened import order_of, state_of
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.visitor import words
from tests.support.waiting import wait_for

# 2099-12-31 12:00 UTC
DUE_BY = 4102401600


@pytest.fixture
def shopper(stripe_shop: Flask) -> Shopper:
    return Shopper(stripe_shop.test_client())


@pytest.fixture
def admin(stripe_shop: Flask) -> AdminBrowser:
    """The admin's browser, signed in."""
    passwords.ensure_admin(PASSWORD)
    browser = AdminBrowser(stripe_shop.test_client())
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def paid(shopper: Shopper, stripe: StripeServer) -> str:
    """A paid session."""
    session = shopper.order()
    shopper.pay(session, stripe.token())
    wait_for(lambda: state_of(session) is State.COMPLETED)
    return session


@pytest.fixture
def dispute(paid: str, stripe: StripeServer) -> str:
    """Its key in Stripe's books, to change it by."""
    found = stripe.dispute(queries.find(paid).reference or "")
    return f"dispute:{found['id']}"


def asked() -> list[str]:
    return [finding.detail for finding in findings.open_ones() if finding.verdict is Verdict.DISPUTED]


def lost() -> list[str]:
    return [finding.detail for finding in findings.open_ones() if finding.verdict is Verdict.DISPUTE_LOST]


def test_every_status_that_the_library_knows_is_in_the_table_and_no_other() -> None:
    [known] = [each for each in get_args(library.Dispute.__annotations__["status"]) if get_args(each)]
    assert set(get_args(known)) == set(STAGES)


@pytest.mark.parametrize("status", ["appeal_needs_response", "appeal_under_review", "a word of tomorrow"])
def test_it_is_open_until_stripe_says_that_it_is_over(
    paid: str, dispute: str, stripe: StripeServer, status: str
) -> None:
    stripe.change(dispute, status=status)
    for _ in range(2):
        assert refunds.follow(paid)
    assert queries.find(paid).disputed_at is not None
    stripe.change(dispute, status="prevented")
    assert refunds.follow(paid)
    assert (queries.find(paid).disputed_at, queries.find(paid).state) == (None, State.COMPLETED)


def test_the_owner_reads_first_until_when_it_must_be_answered(paid: str, dispute: str, stripe: StripeServer) -> None:
    stripe.change(dispute, evidence_details={"due_by": DUE_BY})
    refunds.follow(paid)
    with writing():  # newer, and with no time to be kept
        findings.add(Verdict.CHARGED_TWICE, paid, "another charge", 4200, "EUR", "twice")
    assert [finding.verdict for finding in findings.open_ones()] == [Verdict.DISPUTED, Verdict.CHARGED_TWICE]
    [detail] = asked()
    assert "asks for €42.00 back; answer by" in detail
    assert "2099" in detail
    stripe.change(dispute, evidence_details={"due_by": 0})
    refunds.follow(paid)
    assert asked() == ["the shopper's bank asks for €42.00 back"]


def test_an_inquiry_has_taken_no_money_and_says_so_until_it_becomes_more(
    paid: str, dispute: str, stripe: StripeServer
) -> None:
    stripe.change(dispute, status="warning_needs_response", evidence_details={"due_by": 0})
    refunds.follow(paid)
    assert asked() == ["the shopper's bank asks about €42.00, and has taken no money back for that"]
    stripe.change(dispute, status="needs_response")
    refunds.follow(paid)
    assert asked() == ["the shopper's bank asks for €42.00 back"]


def test_the_shopper_is_told_of_an_inquiry_as_one_that_took_no_money(
    paid: str, dispute: str, stripe: StripeServer, shopper: Shopper
) -> None:
    stripe.change(dispute, status="warning_needs_response")
    refunds.follow(paid)
    page = words(shopper.get(f"/pay/{paid}").text)
    assert "Your bank has asked us about this payment, and has taken no money back for that." in page
    assert "asked us to return" not in page
    stripe.change(dispute, status="needs_response")
    refunds.follow(paid)
    page = words(shopper.get(f"/pay/{paid}").text)
    assert "Your bank has asked us to return this money on your behalf" in page
    assert "has taken no money back" not in page


def test_the_payments_own_page_tells_an_inquiry_and_until_when_it_can_be_answered(
    paid: str, dispute: str, stripe: StripeServer, admin: AdminBrowser
) -> None:
    stripe.change(dispute, status="warning_needs_response", evidence_details={"due_by": DUE_BY})
    refunds.follow(paid)
    page = admin.get(f"/admin/sessions/{paid}").text
    assert "The shopper's bank asks about this payment It has taken no money back so far." in words(page)
    [until] = rows(page, "answer-by")
    assert until.startswith("31 Dec 2099")
    assert f"by {until}" in words(page)
    stripe.change(dispute, status="warning_closed")
    refunds.follow(paid)
    page = admin.get(f"/admin/sessions/{paid}").text
    assert (rows(page, "answer-by"), rows(page, "disputed")) == ([], [])


def test_the_api_tells_which_it_is(paid: str, dispute: str, stripe: StripeServer, shopper: Shopper) -> None:
    for status, stage in (("warning_under_review", "inquiry"), ("under_review", "open"), ("won", None)):
        stripe.change(dispute, status=status)
        refunds.follow(paid)
        session = shopper.get(f"/api/payments/session/{paid}").json
        assert (session["disputed"], session["dispute"]) == (stage is not None, stage)


def disputed_after_a_refund(session: str, stripe: StripeServer) -> str:
    """Its key in Stripe's books: a dispute of what was given back already, that nobody has told of."""
    stripe.refund(queries.find(session).reference or "")
    refunds.follow(session)
    assert queries.find(session).state is State.REFUNDED
    found = stripe.dispute(queries.find(session).reference or "")
    return f"dispute:{found['id']}"


def test_a_dispute_after_a_full_refund_is_found_and_told(
    paid: str, stripe: StripeServer, shopper: Shopper, admin: AdminBrowser
) -> None:
    disputed_after_a_refund(paid, stripe)
    comparison.run()
    [detail] = asked()
    assert "€42.00 was given back before, so say that in the answer" in detail
    assert "All of it was given back before" in admin.read(f"/admin/sessions/{paid}")
    page = words(shopper.get(f"/pay/{paid}").text)
    assert "Your money was returned" in page
    assert "Your bank has asked us about this payment all the same" in page
    assert "has got your money back for you" not in page


def test_and_is_followed_to_its_end_which_took_the_money_twice_or_not(paid: str, stripe: StripeServer) -> None:
    dispute = disputed_after_a_refund(paid, stripe)
    comparison.run()
    stripe.change(dispute, status="lost")
    comparison.run()
    [detail] = lost()
    assert "€42.00 that was given back before, and so went out twice" in detail
    assert (queries.find(paid).state, queries.find(paid).refunded) == (State.REFUNDED, 4200)
    stripe.change(dispute, status="won")
    clock.freeze(clock.now() + timedelta(days=1))
    comparison.run()
    assert lost() == []
    assert (queries.find(paid).disputed_at, queries.find(paid).state) == (None, State.REFUNDED)
    assert events(paid)[-1].detail == "it is over, and takes no money"


def test_what_was_lost_and_is_won_after_all_is_paid_again(paid: str, dispute: str, stripe: StripeServer) -> None:
    comparison.run()
    stripe.change(dispute, status="lost")
    comparison.run()
    assert (queries.find(paid).state, order_of(paid).status) == (State.REFUNDED, OrderStatus.REFUNDED)
    stripe.change(dispute, status="appeal_under_review")  # the money is with the bank until that is decided
    clock.freeze(clock.now() + timedelta(days=1))
    comparison.run()
    assert (queries.find(paid).state, queries.find(paid).dispute) == (State.REFUNDED, DisputeStage.OPEN)
    stripe.change(dispute, status="won")
    comparison.run()
    session = queries.find(paid)
    assert (session.state, session.refunded, session.disputed_at) == (State.COMPLETED, 0, None)
    assert (order_of(paid).status, order_of(paid).refunded) == (OrderStatus.PAID, 0)
    assert lost() == []


def test_what_was_lost_is_asked_about_once_a_day_and_after_a_hundred_and_twenty_no_more(
    paid: str, dispute: str, stripe: StripeServer
) -> None:
    def questions(days: int) -> int:
        """How often a look asks about disputes of a payment, so many days later."""
        clock.freeze(clock.now() + timedelta(days=days))
        before = len(of_payment())
        comparison.run()
        return len(of_payment()) - before

    def of_payment() -> list[str]:
        return [call["path"] for call in stripe.calls() if call["path"] == "/v1/disputes"]

    stripe.change(dispute, status="lost")
    listed = 1  # every look lists the new ones of all payments
    comparison.run()
    assert queries.find(paid).dispute is DisputeStage.LOST
    questions(days=2)  # the last look for which it is one of the new ones
    assert questions(days=0) == listed
    assert questions(days=1) == listed + 1
    assert questions(days=0) == listed
    assert questions(days=120) == listed
