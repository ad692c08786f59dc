"""Callers of the API, waiting for a session, and a clock that stands still."""

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from tests.payments.opened import NOW
from tests.payments.scripted import Scripted
from tests.support.caller import Caller, by_cookie, by_key
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

# Times that matter where the clock stands still.
USUAL = ("payment_timeout", "retry_delay", "reconcile_interval")


@pytest.fixture
def merchant(app: Flask) -> Caller:
    """The software of a shop of its own, with its key."""
    return by_key(app)


@pytest.fixture
def admin(app: Flask) -> Caller:
    """Software with an admin's key."""
    return by_key(app, "the office", is_admin=True)


@pytest.fixture
def customer(shopper: Shopper) -> Caller:
    """The shopper's own browser at the API."""
    return by_cookie(shopper)


@pytest.fixture
def reached(app: Flask) -> Callable[..., PaymentSession]:
    """Waits until a session is in one of some states, and answers it."""

    def wait(session: str, *states: str) -> PaymentSession:
        def now() -> PaymentSession | None:
            found = queries.find(session)
            return found if found.state in states else None

        found = wait_for(now)
        assert found
        return found

    return wait


@pytest.fixture
def answer_now(sandbox: Sandbox) -> Iterator[Event]:
    """Keeps the gateway from answering until this is set: what is in flight stays so, however slow the test is."""
    told = Event()

    def sleep(seconds: float) -> None:
        told.wait(10)
        time.sleep(seconds)

    sandbox._sleep = sleep
    yield told
    told.set()


@pytest.fixture
def gateway(settings: Settings) -> Scripted:
    """The gateway of the scripted shop."""
    return Scripted(settings.sandbox_ledger)


@pytest.fixture
def scripted_shop(settings: Settings, gateway: Scripted) -> Iterator[Flask]:
    """A shop with the usual times, whose gateway does what it is told. It is NOW until time passes."""
    clock.freeze(NOW)
    usual = {name: Settings.model_fields[name].default for name in USUAL}
    app = create_app(settings.model_copy(update=usual), gateway)
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)
