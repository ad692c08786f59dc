"""Shops that are told by webhook: one whose gateway is led by the test, and one at a Stripe server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.rules.payment_states import State
from tests.payments.opened import NOW, state_of
from tests.payments.scripted import Scripted
from tests.stripe.letters import SECRET
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


class ScriptedStripe(Scripted):
    """Asked as Stripe is, it answers what the test tells it."""

    name = "stripe"


@pytest.fixture
def gateway(tmp_path: Path) -> ScriptedStripe:
    return ScriptedStripe(tmp_path / "books.sqlite3")


@pytest.fixture
def told_shop(settings: Settings, gateway: ScriptedStripe) -> Iterator[Flask]:
    """It is NOW until time passes; no job runs but when the test runs it."""
    clock.freeze(NOW)
    times = {name: Settings.model_fields[name].default for name in ("payment_timeout", "reconcile_interval")}
    stripe = {"stripe_webhook_secret": SECRET}
    app = create_app(settings.model_copy(update={**times, **stripe}), gateway)
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)


@pytest.fixture
def proxy(stripe: StripeServer) -> Iterator[FaultProxy]:
    """The network on the way to Stripe."""
    with fault_proxy(stripe.port) as proxy:
        yield proxy


@pytest.fixture
def stripe_shop(settings: Settings, stripe: StripeServer, proxy: FaultProxy) -> Iterator[Flask]:
    """Its jobs run when the test runs them, and its clock goes on until the test holds it."""
    at_stripe = {
        "gateway": "stripe",
        "stripe_secret_key": stripe.secret_key,
        "stripe_publishable_key": stripe.publishable_key,
        "stripe_webhook_secret": SECRET,
        "stripe_api_base": proxy.url,
    }
    app = create_app(settings.model_copy(update={**at_stripe, "payment_timeout": 2.0, "reconcile_interval": 0.02}))
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)


@pytest.fixture
def paid(stripe_shop: Flask, stripe: StripeServer) -> str:
    """A paid session, of which Stripe has told nothing by itself."""
    shopper = Shopper(stripe_shop.test_client())
    session = shopper.order()
    shopper.pay(session, stripe.token())
    wait_for(lambda: state_of(session) is State.COMPLETED)
    return session
