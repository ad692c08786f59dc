"""Money that goes back without the shop, by Stripe's dashboard or by a dispute, is taken up as soon as it is told."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.rules.payment_states import State
from tests.payments.on_record import events
from tests.payments.opened import state_of
from tests.stripe.letters import deliver, sent_by
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


@pytest.fixture
def tell(stripe_shop: Flask, stripe: StripeServer) -> Callable[[], None]:
    """Brings everything that Stripe has told so far, of which the shop may have heard."""

    def tell() -> None:
        for letter in sent_by(stripe):
            assert deliver(stripe_shop, letter).status_code == 200

    return tell


@pytest.fixture
def paid(stripe_shop: Flask, stripe: StripeServer, tell: Callable[[], None]) -> str:
    """A paid session."""
    shopper = Shopper(stripe_shop.test_client())
    session = shopper.order()
    shopper.pay(session, stripe.token())
    wait_for(lambda: state_of(session) is State.COMPLETED)
    return session


def reference(session: str) -> str:
    return queries.find(session).reference or ""


def until(session: str, holds: Callable[[PaymentSession], object]) -> PaymentSession:
    wait_for(lambda: holds(queries.find(session)))
    return queries.find(session)


def fates() -> set[Fate]:
    db.session.rollback()
    needed = select(GatewayEvent.fate).where(GatewayEvent.fate != Fate.NOT_NEEDED)
    return set(db.session.scalars(needed))


def test_a_refund_in_part_and_then_of_the_rest(paid: str, stripe: StripeServer, tell: Callable[[], None]) -> None:
    stripe.refund(reference(paid), 1000)
    tell()
    session = until(paid, lambda session: session.refunded)
    assert (session.refunded, session.state) == (1000, State.COMPLETED)
    stripe.refund(reference(paid))
    tell()
    session = until(paid, lambda session: session.state is State.REFUNDED)
    assert session.refunded == session.amount
    wait_for(lambda: fates() == {Fate.APPLIED})
    told_of = {line.detail for line in events(paid) if line.kind is EventKind.TOLD}
    assert told_of >= {"payment_intent.succeeded", "charge.refunded"}


def test_a_dispute(paid: str, stripe: StripeServer, tell: Callable[[], None]) -> None:
    stripe.dispute(reference(paid))
    tell()
    until(paid, lambda session: session.disputed_at)
    wait_for(lambda: fates() == {Fate.APPLIED})


def test_a_refund_that_is_told_while_stripe_cannot_be_asked(
    paid: str, stripe: StripeServer, proxy: FaultProxy, tell: Callable[[], None]
) -> None:
    stripe.refund(reference(paid))
    proxy.meet("GET .*", Fault.RESET_BEFORE)
    tell()
    wait_for(lambda: Fate.WAITING in fates() and processor.NO_ANSWER in problems())
    assert queries.find(paid).refunded == 0
    proxy.lift()
    wait_for(lambda: processor.apply_due() >= 0 and fates() == {Fate.APPLIED})
    assert queries.find(paid).state is State.REFUNDED


def problems() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(GatewayEvent.problem)))
