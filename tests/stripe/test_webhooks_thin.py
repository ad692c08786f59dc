"""Thin events, which have no more of their object than its name: what that is of is asked for."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db
from smartcart.payments.core import queries
from smartcart.payments.gateway_events import processor
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from tests.stripe.letters import deliver, thin
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.stripe_server import StripeServer
from tests.support.waiting import wait_for


@pytest.fixture
def bring(stripe_shop: Flask) -> Callable[[str], None]:
    def bring(body: str) -> None:
        assert deliver(stripe_shop, body).status_code == 200

    return bring


def event() -> GatewayEvent:
    db.session.rollback()
    return db.session.scalars(select(GatewayEvent).execution_options(populate_existing=True)).one()


def only(stripe: StripeServer, kind: str) -> str:
    [found] = stripe.all(kind)
    return str(found["id"])


def test_one_about_a_payment_names_it(paid: str, bring: Callable[[str], None]) -> None:
    reference = queries.find(paid).reference or ""
    bring(thin("payment_intent.succeeded", "payment_intent", reference))
    wait_for(lambda: event().fate is Fate.APPLIED)
    assert (event().kind, event().reference, event().session_id) == ("payment_intent.succeeded", reference, paid)
    assert event().happened_at.isoformat() == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize(("kind", "about"), [("refund.updated", "refund"), ("charge.refunded", "charge")])
def test_one_about_money_that_went_back_is_taken_up(
    paid: str, stripe: StripeServer, bring: Callable[[str], None], kind: str, about: str
) -> None:
    stripe.refund(queries.find(paid).reference or "", 1000)
    bring(thin(kind, about, only(stripe, about)))
    wait_for(lambda: event().fate is Fate.APPLIED)
    assert queries.find(paid).refunded == 1000


def test_one_that_comes_while_stripe_is_away_waits(
    paid: str, stripe: StripeServer, proxy: FaultProxy, bring: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.refund(queries.find(paid).reference or "", 1000)
    monkeypatch.setattr(processor, "hand_over", lambda: 0)
    bring(thin("refund.updated", "refund", only(stripe, "refund")))
    proxy.meet("GET /v1/refunds/*", Fault.RESET_AFTER)
    processor.apply_due()
    proxy.lift()
    assert (event().fate, event().problem) == (Fate.WAITING, processor.NO_ANSWER)
    clock.freeze(event().due_at)
    processor.apply_due()
    assert (event().fate, queries.find(paid).refunded) == (Fate.APPLIED, 1000)


def test_one_about_nothing_of_ours_is_left_alone(stripe_shop: Flask, bring: Callable[[str], None]) -> None:
    bring(thin("payment_intent.succeeded", "payment_intent", "pi_of_another_shop"))
    wait_for(lambda: event().fate is Fate.OTHER_SHOP)


def test_one_of_another_mode_moves_nothing(paid: str, bring: Callable[[str], None]) -> None:
    bring(thin("payment_intent.succeeded", "payment_intent", queries.find(paid).reference or "", livemode=True))
    assert event().fate is Fate.OTHER_MODE
