"""Stripe's events stay away, as after a change of address: what was paid meanwhile shows it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock, create_app
from smartcart.admin.login import passwords
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.doctor import Verdict, stripe
from smartcart.outbox.models import OwnerNotice
from smartcart.payments.gateway_events import processor, watch
from smartcart.rules.outcomes import APPROVED, TIMED_OUT
from smartcart.rules.payment_states import State
from tests.admin.browser import PASSWORD, AdminBrowser
from tests.payments.opened import NOW, begin, open_session, settle, state_of, time_passes
from tests.stripe.conftest import ScriptedStripe
from tests.stripe.letters import SECRET, deliver, intent, letter
from tests.support.shopper import product

HOUR = 3600.0
MISSING = "none has come for 6 hours about any payment, while asking found 10 that were made"


@pytest.fixture(autouse=True)
def nothing_is_applied_but_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "hand_over", lambda: 0)


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


def pay(number: int) -> list[str]:
    """The sessions of so many payments, each of which its charge's own answer has found."""
    sessions = [open_session() for _ in range(number)]
    for session in sessions:
        settle(begin(session), APPROVED)
    return sessions


def an_event_comes(watched: Flask, session: str) -> None:
    assert deliver(watched, letter(intent(session))).status_code == 200
    processor.apply_due()


def told() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(each.kind, each.detail) for each in db.session.scalars(select(OwnerNotice).order_by(OwnerNotice.id))]


def test_the_owner_is_told_once_with_the_number_and_once_that_they_come_again(watched: Flask) -> None:
    an_event_comes(watched, pay(1)[0])
    time_passes(1)
    missed = pay(9)
    time_passes(6 * HOUR)
    assert watch.tell() == 0
    missed += pay(1)
    time_passes(0.1 * HOUR)
    assert [watch.tell(), watch.tell()] == [1, 0]
    for session in missed:
        an_event_comes(watched, session)
    an_event_comes(watched, pay(1)[0])
    assert watch.tell() == 0, "those were late"
    for session in pay(20):
        an_event_comes(watched, session)
    time_passes(0.1 * HOUR)
    assert [watch.tell(), watch.tell()] == [1, 0]
    [(missing, detail), (back, _)] = told()
    assert (missing, back) == ("events_missing", "events_back")
    assert detail.startswith(f"{MISSING}: Stripe does not tell")


def test_an_event_about_no_payment_of_the_shop_does_not_hide_that_they_stay_away(watched: Flask) -> None:
    pay(10)
    time_passes(6 * HOUR)
    an_event_comes(watched, "of another shop")
    assert watch.trouble() == MISSING


def test_doctor_admin_and_letter_say_the_same(watched: Flask) -> None:
    pay(10)
    time_passes(6 * HOUR)
    passwords.ensure_admin(PASSWORD)
    admin = AdminBrowser(watched.test_client())
    admin.sign_in()
    watch.tell()
    finding = stripe.lately(watch.trouble(), watch.who_was_first())
    for said in (admin.read("/admin"), admin.read("/admin/messages"), told()[0][1], finding.found):
        assert MISSING in said
    assert "Of the last 10 payments a message of the gateway was first to tell of 0, and asking of 10." in admin.read(
        "/admin/messages"
    )


def test_what_an_event_found_first_is_told_apart(watched: Flask, gateway: ScriptedStripe) -> None:
    pay(2)
    in_the_dark = open_session()
    settle(begin(in_the_dark), TIMED_OUT)
    gateway.instead["ask"] = APPROVED
    an_event_comes(watched, in_the_dark)
    assert state_of(in_the_dark) is State.COMPLETED
    time_passes(0.1 * HOUR)
    first = "of the last 3 payments a message of the gateway was first to tell of 1, and asking of 2"
    assert watch.who_was_first() == first
    assert stripe.lately(watch.trouble(), first).verdict is Verdict.OK


@pytest.mark.usefixtures("watched")
def test_where_none_are_to_come_none_are_missed(settings: Settings, gateway: ScriptedStripe) -> None:
    pay(10)
    time_passes(6 * HOUR)
    assert watch.trouble() == MISSING
    without_secret = settings.model_copy(update={"owner_email": "owner@example.org"})
    with create_app(without_secret, gateway).app_context():
        assert watch.trouble() == ""
        assert watch.who_was_first() == ""
        assert watch.tell() == 0
