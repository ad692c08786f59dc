"""A shop that is set to another gateway, or another account there, while payments of the first are not over.

What became of them is known to the first alone. Nothing is said of them that is not known, and nothing is lost.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.admin.login import passwords
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.doctor import Verdict as Found
from smartcart.doctor import shop as doctor
from smartcart.gateways.protocol import Gateway
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import gateway_accounts, queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.refusals import BegunElsewhere, OtherGateway, OutcomeUnknown
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.reconciliation.report import audit
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from tests.admin.browser import AdminBrowser
from tests.payments.saved import cards
from tests.support.databases import ON_SQLITE
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import (
    DECLINE,
    LIVE_KEY,
    LIVE_PUBLISHABLE_KEY,
    OTHER_KEY,
    OTHER_PUBLISHABLE_KEY,
)
from tests.support.visitor import Status, read_status
from tests.support.waiting import wait_for

# What belongs to which account is the same on either.
pytestmark = ON_SQLITE

Set = Callable[[str], Gateway]
# What else the shop may be set to: another gateway, another account, the same account with real money.
OTHERS = ["sandbox", "another account", "real money"]
PUBLISHABLE = {"another account": OTHER_PUBLISHABLE_KEY, "real money": LIVE_PUBLISHABLE_KEY}


@pytest.fixture
def gateway_called(stripe: StripeServer, proxy: FaultProxy, tmp_path: Path) -> Set:
    """A gateway by what it is called here."""
    return lambda name: {
        "first": lambda: stripe.gateway(proxy.url, patience=4.0),
        "sandbox": lambda: Sandbox(tmp_path / "sandbox.sqlite3"),
        "another account": lambda: stripe.gateway(patience=4.0, key=OTHER_KEY),
        "real money": lambda: stripe.gateway(patience=4.0, key=LIVE_KEY),
    }[name]()


@pytest.fixture
def shop_with(settings: Settings, gateway_called: Set) -> Iterator[Callable[[str], object]]:
    """The same shop, started with a gateway; its jobs run when the test runs them."""

    @contextmanager
    def started(name: str) -> Iterator[Flask]:
        app = create_app(settings.model_copy(update={"reconcile_interval": 0.02}), gateway_called(name))
        app.logger.disabled = True
        with app.app_context():
            gateway_accounts.learn()
            yield app

    yield started
    clock.freeze(None)


def in_the_dark(app: Flask, stripe: StripeServer, proxy: FaultProxy) -> str:
    """A payment that Stripe has charged, and whose answer was lost; returns the session's id."""
    shopper = Shopper(app.test_client())
    session_id = shopper.order()
    proxy.meet("POST .*/confirm", Fault.RESET_AFTER)
    shopper.pay(session_id, stripe.token())
    wait_for(lambda: queries.find(session_id).state is State.CHECKING)
    proxy.lift()
    assert len(stripe.charges()) == 1
    return session_id


def declined(app: Flask, stripe: StripeServer) -> str:
    """A payment that was tried and took nothing."""
    shopper = Shopper(app.test_client())
    session_id = shopper.order()
    shopper.pay(session_id, stripe.token(DECLINE))
    wait_for(lambda: queries.find(session_id).state is State.INTERRUPTED)
    return session_id


def seen(app: Flask, session_id: str) -> Status:
    """What a shopper sees after the jobs have come by."""
    clock.freeze(clock.now() + timedelta(seconds=61))
    reconciler.sweep()
    reconciler.reconcile()
    return read_status(Shopper(app.test_client()).get(f"/pay/{session_id}").text)


def reached(app: Flask, session_id: str, state: State) -> None:
    wait_for(lambda: seen(app, session_id).state == state)


def give_no_account(session_id: str) -> None:
    """As all that is on record from before accounts were."""
    with writing():
        db.session.query(PaymentSession).filter_by(id=session_id).update({"account": ""})


@pytest.mark.parametrize("other", OTHERS)
def test_money_in_the_dark_stays_so_until_its_own_account_is_back(
    shop_with: Callable[..., object], stripe: StripeServer, proxy: FaultProxy, other: str
) -> None:
    with shop_with("first") as app:
        session_id = in_the_dark(app, stripe, proxy)
    with shop_with(other) as app:
        status = seen(app, session_id)
        assert (status.state, status.money) == ("checking", "checking")
        with pytest.raises(OutcomeUnknown):
            desk.pay(session_id, "sandbox_approve" if other == "sandbox" else stripe.token(), "shopper")
        [difference] = audit().differences
        assert (difference.verdict, difference.session) == (Verdict.BEGUN_ELSEWHERE, session_id)
        told = doctor.elsewhere([each.account for each in gateway_accounts.tried_elsewhere()])
        assert (told.verdict, "1 with stripe acct_1 test" in told.found) == (Found.WRONG, True)
        passwords.ensure_admin("opens the shop")
        admin = AdminBrowser(app.test_client())
        admin.sign_in("opens the shop")
        assert "begun-elsewhere" in admin.get("/admin").text
        assert "it belongs to stripe acct_1 test" in admin.get("/admin/sessions").text
    with shop_with("first") as app:
        reached(app, session_id, State.COMPLETED)
        assert audit().differences == []
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("ends", [State.CANCELLED, State.EXPIRED])
def test_what_was_tried_ends_only_where_it_was_begun(
    shop_with: Callable[..., object], stripe: StripeServer, other: str, ends: State
) -> None:
    with shop_with("first") as app:
        session_id = declined(app, stripe)
    with shop_with(other) as app:
        page = Shopper(app.test_client()).get(f"/pay/{session_id}").text
        assert "begun with another account of the payment service" in page
        assert 'data-testid="retry"' not in page
        with pytest.raises(BegunElsewhere):
            desk.pay(session_id, "sandbox_approve" if other == "sandbox" else stripe.token(), "shopper")
        if ends is State.CANCELLED:
            desk.cancel(session_id, "shopper")
        else:
            clock.freeze(clock.now() + timedelta(hours=1))
        for _ in range(3):
            assert seen(app, session_id).state == "interrupted"
        assert queries.find(session_id).attempts == 1
    [intent] = stripe.all("payment_intent")
    assert intent["status"] != "canceled"
    with shop_with("first") as app:
        reached(app, session_id, ends)
    [intent] = stripe.all("payment_intent")
    assert intent["status"] == "canceled"


@pytest.mark.parametrize("other", OTHERS)
def test_what_was_not_tried_may_end_and_may_be_paid_there(
    shop_with: Callable[..., object], stripe: StripeServer, other: str
) -> None:
    with shop_with("first") as app:
        shopper = Shopper(app.test_client())
        paid, given_up, out_of_time = (shopper.order() for _ in range(3))
    with shop_with(other) as app:
        desk.cancel(given_up, "shopper")
        wait_for(lambda: queries.find(given_up).state is State.CANCELLED)
        desk.pay(paid, "sandbox_approve" if other == "sandbox" else stripe.token(key=PUBLISHABLE[other]), "shopper")
        wait_for(lambda: queries.find(paid).state is State.COMPLETED)
        assert queries.find(paid).account == gateway_accounts.account_here()
        clock.freeze(clock.now() + timedelta(hours=1))
        assert seen(app, out_of_time).state == "expired"
        assert audit().differences == []


def test_what_is_from_before_accounts_is_bound_only_where_its_reference_is_found(
    shop_with: Callable[..., object], stripe: StripeServer, proxy: FaultProxy
) -> None:
    with shop_with("first") as app:
        session_id = in_the_dark(app, stripe, proxy)
    with shop_with("another account") as app:
        give_no_account(session_id)
        for _ in range(3):
            assert seen(app, session_id).money == "checking"
        assert queries.find(session_id).account == ""
    with shop_with("first") as app:
        reached(app, session_id, State.COMPLETED)
        assert queries.find(session_id).account == "stripe acct_1 test"


def test_money_is_given_back_only_by_the_account_that_took_it(
    shop_with: Callable[..., object], stripe: StripeServer, proxy: FaultProxy
) -> None:
    with shop_with("first") as app:
        shopper = Shopper(app.test_client())
        session_id = shopper.order()
        shopper.pay(session_id, stripe.token())
        wait_for(lambda: queries.find(session_id).state is State.COMPLETED)
        proxy.meet("/v1/refunds", Fault.RESET_BEFORE)
        desk.refund(session_id, "admin", 1000)
        proxy.lift()
    with shop_with("another account") as app:
        with pytest.raises(OtherGateway):
            desk.refund(session_id, "admin", 1000)
        seen(app, session_id)
        [refund] = transitions.of_session(session_id)
        assert refund.state is RefundState.REQUESTED
        assert queries.find(session_id).needs_person_at
    with shop_with("first") as app:
        wait_for(lambda: seen(app, session_id) and queries.find(session_id).refunded == 1000)
    assert [refund["amount"] for refund in stripe.all("refund")] == [1000]


def test_saved_cards_belong_to_the_account_that_keeps_them(
    shop_with: Callable[..., object], stripe: StripeServer
) -> None:
    with shop_with("first") as app:
        shopper = Shopper(app.test_client())
        session_id = shopper.order()
        shopper.pay(session_id, stripe.token(), keep="1")
        [card] = wait_for(lambda: cards(shopper))
        assert {each.account for each in db.session.query(SavedCard)} == {"stripe acct_1 test"}
        assert {each.account for each in db.session.query(CardHolder)} == {"stripe acct_1 test"}
    with shop_with("another account") as app:
        shopper.client.application = app
        assert cards(shopper) == []
        assert refusal(shopper.pay(shopper.order(), card)) == "UnknownMethod"
    with shop_with("first") as app:
        shopper.client.application = app
        assert cards(shopper) == [card]


def test_other_books_of_the_sandbox_are_another_account(settings: Settings, tmp_path: Path) -> None:
    first, other = (Sandbox(tmp_path / name, sleep=lambda _: None) for name in ("first", "other"))
    with create_app(settings, first).app_context() as context:
        shopper = Shopper(context.app.test_client())
        session_id = shopper.order()
        shopper.pay(session_id, "sandbox_timeout_charged")
        wait_for(lambda: queries.find(session_id).state is State.CHECKING)
    with create_app(settings, other).app_context() as context:
        assert seen(context.app, session_id).money == "checking"
    with create_app(settings, Sandbox(tmp_path / "first")).app_context() as context:
        reached(context.app, session_id, State.COMPLETED)
    clock.freeze(None)
