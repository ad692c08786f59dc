"""Of all that could bring the outcome of a payment only one is left. The session ends right all the same.

No timetable runs here, and the answer of the call is lost, or its process dies.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from smartcart.payments.core import queries, record
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import reconciler
from smartcart.rules.payment_states import State
from smartcart.shop.models import OrderStatus
from tests.payments.opened import order_of, state_of, stock_left
from tests.stripe.letters import deliver, sent_by
from tests.support.databases import ON_SQLITE
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE
from tests.support.waiting import wait_for

# Who brings an outcome is the same on either; several at once are for test_orders_of_arrival.py.
pytestmark = ON_SQLITE


class Death(BaseException):
    """The process is gone, and with it the answer that it has just got."""


@pytest.fixture
def shopper(stripe_shop: Flask) -> Shopper:
    return Shopper(stripe_shop.test_client())


def no_call_is_out() -> bool:
    return runtime().pool.is_idle


@pytest.fixture(params=["the answer is lost", "the process dies"])
def cut_off(
    request: pytest.FixtureRequest, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], Any]], None]:
    """Pays, and nobody hears what Stripe has answered."""

    def lose(pay: Callable[[], Any]) -> None:
        proxy.meet("/confirm ", Fault.RESET_AFTER)
        pay()
        wait_for(no_call_is_out)
        proxy.lift()

    def die(pay: Callable[[], Any]) -> None:
        def dying(*_: object) -> None:
            raise Death

        with monkeypatch.context() as patched:
            patched.setattr(record, "settle", dying)
            pay()
            wait_for(no_call_is_out)

    return lose if request.param == "the answer is lost" else die


Alone = Callable[[Flask, Shopper, StripeServer, str], None]


def the_webhook(app: Flask, _: Shopper, stripe: StripeServer, session: str) -> None:
    """It comes once; what it says is applied in the background."""
    for letter in sent_by(stripe):
        assert deliver(app, letter).status_code == 200


def the_return(_: Flask, shopper: Shopper, __: StripeServer, session: str) -> None:
    assert shopper.get(f"/pay/{session}/return").status_code == 303


def polling(_: Flask, shopper: Shopper, __: StripeServer, session: str) -> None:
    version = queries.find(session).version
    assert shopper.get(f"/pay/{session}/status?seen={version}").status_code in (200, 204)


def the_reconciler(*_: object) -> None:
    reconciler.reconcile()


AGAIN_AND_AGAIN = (polling, the_reconciler)
ENDS = {APPROVE: State.COMPLETED, DECLINE: State.INTERRUPTED}


def let_it_end(alone: Alone, app: Flask, shopper: Shopper, stripe: StripeServer, session: str) -> State:
    """Wait until nobody needs to look at the session any more, with nothing else at work."""
    alone(app, shopper, stripe, session)

    def is_over() -> State | None:
        if alone in AGAIN_AND_AGAIN:
            alone(app, shopper, stripe, session)
        state = state_of(session)
        return None if state in (State.PROCESSING, State.CHECKING, State.ACTION_REQUIRED) else state

    found = wait_for(is_over, 15.0)
    assert found
    return found


@pytest.mark.parametrize("alone", [the_webhook, the_return, polling, the_reconciler])
@pytest.mark.parametrize("number", ENDS)
def test_a_call_that_nobody_heard_the_answer_of_ends_right(
    stripe_shop: Flask,
    shopper: Shopper,
    stripe: StripeServer,
    cut_off: Callable[[Callable[[], Any]], None],
    alone: Alone,
    number: str,
) -> None:
    session = shopper.order()
    cut_off(lambda: shopper.pay(session, stripe.token(number)))
    assert state_of(session) in (State.PROCESSING, State.CHECKING)
    assert let_it_end(alone, stripe_shop, shopper, stripe, session) is ENDS[number]
    is_right(stripe, session, ENDS[number])


@pytest.mark.parametrize("alone", [the_webhook, the_return, polling, the_reconciler])
@pytest.mark.parametrize(("confirmed", "state"), [(True, State.COMPLETED), (False, State.INTERRUPTED)])
def test_an_answer_at_the_bank_that_nobody_saw_ends_right(
    stripe_shop: Flask, shopper: Shopper, stripe: StripeServer, alone: Alone, confirmed: bool, state: State
) -> None:
    session = shopper.order()
    shopper.pay(session, stripe.token(CHALLENGE))
    wait_for(lambda: state_of(session) is State.ACTION_REQUIRED)
    stripe.answer_bank(queries.find(session).reference or "", confirmed=confirmed)
    assert let_it_end(alone, stripe_shop, shopper, stripe, session) is state
    is_right(stripe, session, state)


def is_right(stripe: StripeServer, session: str, state: State) -> None:
    paid = state is State.COMPLETED
    assert len(stripe.charges()) == (1 if paid else 0)
    assert order_of(session).status is (OrderStatus.PAID if paid else OrderStatus.OPEN)
    assert stock_left() == 4
    found = queries.find(session)
    assert (found.attempts, found.money) == (1, "taken" if paid else "not_taken")
