"""Stripe's events stay away, as after a change of address: what was paid meanwhile shows it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.outbox.models import OwnerNotice
from smartcart.payments.gateway_events import watch
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from smartcart.rules.outcomes import APPROVED
from tests.payments.opened import NOW, begin, open_session, settle, time_passes
from tests.stripe.conftest import ScriptedStripe
from tests.stripe.letters import SECRET
from tests.support.databases import ON_SQLITE
from tests.support.shopper import product

pytestmark = ON_SQLITE

HOUR = 3600.0


@pytest.fixture
def watched(settings: Settings, gateway: ScriptedStripe) -> Iterator[Flask]:
    """A shop with an owner, from which Stripe is out of reach. It is NOW until time passes."""
    clock.freeze(NOW)
    own = {
        "owner_email": "owner@example.org",
        "stripe_webhook_secret": SECRET,
        "stripe_secret_key": "sk_test_watched",
        "stripe_api_base": "http://127.0.0.1:1",
    }
    app = create_app(settings.model_copy(update=own), gateway)
    with app.app_context():
        product(stock=100)
        yield app
    clock.freeze(None)


def pay(number: int) -> None:
    for _ in range(number):
        settle(begin(open_session()), APPROVED)


def an_event_comes(name: str) -> None:
    about = {"subject": name, "reference": name, "claimed_session": "", "body": "{}", "kind": "charge.updated"}
    moments = {"happened_at": clock.now(), "received_at": clock.now()}
    with writing():
        db.session.add(GatewayEvent(id=name, fate=Fate.APPLIED, **about, **moments))


def told() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(each.kind, each.detail) for each in db.session.scalars(select(OwnerNotice).order_by(OwnerNotice.id))]


@pytest.mark.usefixtures("watched")
def test_the_owner_is_told_once_with_the_number_and_once_that_they_come_again() -> None:
    an_event_comes("evt_1")
    time_passes(1)
    pay(9)
    time_passes(6 * HOUR)
    assert watch.tell() == 0
    pay(1)
    time_passes(0.1 * HOUR)
    assert [watch.tell(), watch.tell()] == [1, 0]
    an_event_comes("evt_2")
    time_passes(60)
    assert [watch.tell(), watch.tell()] == [1, 0]
    [(missing, detail), (back, _)] = told()
    assert (missing, back) == ("events_missing", "events_back")
    assert detail.startswith("none has come for 6 hours, while 10 payments were made: Stripe does not tell")


@pytest.mark.usefixtures("watched")
def test_where_none_are_to_come_none_are_missed(settings: Settings, gateway: ScriptedStripe) -> None:
    pay(10)
    time_passes(HOUR)
    assert watch.trouble() == "none has come in the last month, while 10 payments were made"
    without_secret = settings.model_copy(update={"owner_email": "owner@example.org"})
    with create_app(without_secret, gateway).app_context():
        assert watch.trouble() == ""
        assert watch.tell() == 0
