"""A press on Pay that waits for a thread, at Stripe: it is charged once in its turn, or Stripe never hears of it."""

from collections.abc import Callable

import pytest
from flask import Flask

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.payments.flow import desk, gateway_calls
from smartcart.rules.payment_states import State
from tests.payments.opened import open_session, state_of, time_passes, write_down
from tests.support.databases import ON_SQLITE
from tests.support.stripe_server import StripeServer

# The record's part, with its races, is held on both databases in tests/payments/flow.
pytestmark = ON_SQLITE


@pytest.fixture
def session_id(stripe_shop: Flask) -> str:
    return open_session()


@pytest.fixture
def in_turn(session_id: str, stripe: StripeServer) -> Callable[[], None]:
    """What a thread does once it is free for a press that waits."""
    to_make = write_down(session_id, stripe.token(), timeout=10.0, has_thread=False)
    return lambda: gateway_calls.charge(to_make)


def test_in_its_turn_it_is_charged_once(session_id: str, stripe: StripeServer, in_turn: Callable[[], None]) -> None:
    in_turn()
    in_turn()
    assert state_of(session_id) is State.COMPLETED
    assert len(stripe.charges()) == 1


def test_cancelled_while_it_waits_stripe_never_hears_of_it(
    session_id: str, stripe: StripeServer, in_turn: Callable[[], None]
) -> None:
    assert desk.cancel(session_id, "shopper").state is State.CANCELLED
    in_turn()
    assert (stripe.charges(), queries.find(session_id).reference) == ([], None)


def test_given_up_and_pressed_again_it_is_charged_once(
    session_id: str, stripe: StripeServer, in_turn: Callable[[], None]
) -> None:
    clock.freeze(clock.now())
    time_passes(5)
    in_turn()
    assert (state_of(session_id), stripe.charges()) == (State.INTERRUPTED, [])
    gateway_calls.charge(write_down(session_id, stripe.token(), timeout=10.0))
    in_turn()
    assert state_of(session_id) is State.COMPLETED
    assert len(stripe.charges()) == 1
