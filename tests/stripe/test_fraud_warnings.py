"""A card's issuer warns of fraud: the owner sees it, and can give the money back while that may spare the dispute."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock
from smartcart.admin.login import passwords
from smartcart.database.session import db
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.core import findings, queries
from smartcart.payments.core.finding_model import Finding
from smartcart.payments.flow import fraud_warnings
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.payments.reconciliation import comparison
from smartcart.payments.reconciliation.resolutions import TOO_LATE
from smartcart.payments.refunds import calls
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from tests.admin.browser import PASSWORD, AdminBrowser
from tests.stripe.letters import deliver, sent_by, thin
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import RESTRICTED_KEY
from tests.support.waiting import wait_for

WARNED = "radar.early_fraud_warning."


@pytest.fixture
def tell(stripe_shop: Flask, stripe: StripeServer) -> Callable[[], None]:
    """Brings what Stripe has told of warnings so far, and waits until it is taken up."""

    def tell() -> None:
        for letter in sent_by(stripe):
            if WARNED in letter:
                assert deliver(stripe_shop, letter).status_code == 200
        wait_for(lambda: fates() == {Fate.APPLIED})

    return tell


@pytest.fixture
def warned(paid: str, stripe: StripeServer, tell: Callable[[], None]) -> str:
    """A paid session whose card's issuer has warned of it."""
    stripe.warn(intent_of(paid))
    tell()
    assert waiting() == [paid]
    return paid


@pytest.fixture
def admin(stripe_shop: Flask) -> AdminBrowser:
    """The admin's browser, signed in."""
    passwords.ensure_admin(PASSWORD)
    browser = AdminBrowser(stripe_shop.test_client())
    assert browser.sign_in().status_code == 303
    return browser


def intent_of(session: str) -> str:
    return queries.find(session).reference or ""


def fates() -> set[Fate]:
    db.session.rollback()
    return set(db.session.scalars(select(GatewayEvent.fate)))


def finding() -> Finding:
    db.session.rollback()
    query = select(Finding).where(Finding.verdict == Verdict.FRAUD_WARNING)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def waiting() -> list[str]:
    """The sessions that stand in the inbox for it."""
    db.session.rollback()
    return [each.session for each in findings.open_ones() if each.verdict is Verdict.FRAUD_WARNING]


def press(admin: AdminBrowser) -> str:
    """Confirm the refund of the warning's finding; what is told."""
    admin.post(f"/admin/inbox/{finding().id}/refund")
    return admin.read("/admin/inbox")


def test_the_owner_is_told_what_the_issuer_says_and_gives_the_money_back(
    warned: str, admin: AdminBrowser, stripe: StripeServer
) -> None:
    page = admin.get("/admin/inbox")
    assert "the card&#39;s issuer reports fraud: made with stolen card" in page.text
    assert 'data-testid="refund-finding"' in page.text
    asked = admin.read(f"/admin/inbox/{finding().id}/refund")
    assert "asked once more whether this may still spare a dispute" in asked
    assert stripe.all("refund") == []
    assert "The money is being given back" in press(admin)
    wait_for(lambda: queries.find(warned).state is State.REFUNDED)
    assert [refund["amount"] for refund in stripe.all("refund")] == [4200]
    assert waiting() == []


def test_a_second_press_gives_nothing_back_again(warned: str, admin: AdminBrowser, stripe: StripeServer) -> None:
    press(admin)
    wait_for(lambda: queries.find(warned).state is State.REFUNDED)
    assert "looked after already" in press(admin)
    assert len(stripe.all("refund")) == 1


@pytest.mark.parametrize("deed", ["dispute", "refund"])
def test_once_it_is_disputed_or_given_back_it_is_settled(
    warned: str, stripe: StripeServer, tell: Callable[[], None], deed: str
) -> None:
    getattr(stripe, deed)(intent_of(warned))
    tell()
    assert waiting() == []
    assert finding().settlement == fraud_warnings.NO_LONGER


def test_a_dispute_that_nobody_has_told_of_yet_is_found_before_anything_is_given_back(
    warned: str, admin: AdminBrowser, stripe: StripeServer
) -> None:
    stripe.dispute(intent_of(warned))
    assert TOO_LATE in press(admin)
    assert stripe.all("refund") == []
    assert (waiting(), queries.find(warned).state) == ([], State.COMPLETED)


def test_while_it_is_disputed_no_refund_is_offered(warned: str, admin: AdminBrowser, stripe: StripeServer) -> None:
    stripe.dispute(intent_of(warned))
    calls.follow(warned)
    assert waiting() == [warned]
    assert 'data-testid="refund-finding"' not in admin.get("/admin/inbox").text


def test_while_stripe_cannot_be_asked_nothing_is_given_back(
    warned: str, admin: AdminBrowser, stripe: StripeServer, proxy: FaultProxy
) -> None:
    proxy.meet("GET .*", Fault.RESET_BEFORE)
    assert "could not be asked just now" in press(admin)
    proxy.lift()
    assert (stripe.all("refund"), waiting()) == ([], [warned])


def test_without_webhooks_the_books_tell_of_it_and_of_its_end(paid: str, stripe: StripeServer) -> None:
    stripe.warn(intent_of(paid))
    comparison.run()
    assert waiting() == [paid]
    stripe.refund(intent_of(paid))
    comparison.run()
    assert waiting() == []


def test_what_somebody_has_seen_is_shown_no_more_and_what_stands_again_is(
    warned: str, admin: AdminBrowser, stripe: StripeServer
) -> None:
    refund = stripe.refund(intent_of(warned))
    fraud_warnings.follow(warned)
    assert waiting() == []
    stripe.change(f"refund:{refund['id']}", status="failed")
    fraud_warnings.follow(warned)
    assert waiting() == [warned]
    admin.post(f"/admin/inbox/{finding().id}/seen")
    fraud_warnings.follow(warned)
    assert waiting() == []


def test_a_thin_event_names_the_warning_alone(paid: str, stripe: StripeServer, stripe_shop: Flask) -> None:
    warning = stripe.warn(intent_of(paid))
    deliver(stripe_shop, thin(f"{WARNED}created", "radar.early_fraud_warning", warning["id"]))
    wait_for(lambda: fates() == {Fate.APPLIED})
    assert waiting() == [paid]


def test_a_key_that_may_not_read_warnings_reads_the_books_all_the_same(paid: str, stripe: StripeServer) -> None:
    stripe.warn(intent_of(paid))
    gateway, yesterday = stripe.gateway(key=RESTRICTED_KEY), clock.now() - timedelta(days=1)
    assert list(gateway.fraud_warnings(yesterday)) == []
    assert len(list(gateway.charges(yesterday))) == 1
    with pytest.raises(GatewayError):  # no word that there is none
        gateway.fraud_warnings_of(queries.standing(paid).handle)
