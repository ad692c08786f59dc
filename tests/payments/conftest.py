"""Callers of the API, waiting for a session, and a clock that stands still."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments import reading
from smartcart.payments.models import PaymentSession
from tests.caller import Caller, by_cookie, by_key
from tests.payments.opened import NOW
from tests.shopper import Shopper
from tests.waiting import wait_for


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
            found = reading.find(session)
            return found if found.state in states else None

        found = wait_for(now)
        assert found
        return found

    return wait


@pytest.fixture
def still_clock(app: Flask) -> Iterator[None]:
    """It is NOW until time passes."""
    clock.hold(NOW)
    yield
    clock.hold(None)
