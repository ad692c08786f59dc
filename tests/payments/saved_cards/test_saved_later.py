"""A card that cannot be kept now is kept later; the payment is fine all the while."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.protocol import GatewayError
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.saved_cards import saving
from tests.payments.saved import cards, is_still_to_keep, pay, turn_of_the_timetable
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

AWAY = GatewayError("the gateway is away")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nothing here is about a gateway that answers late."""
    return settings.model_copy(update={"payment_timeout": 5.0})


@pytest.fixture
def stranger(app: Flask) -> Shopper:
    """Somebody else, with a cart of their own."""
    stranger = Shopper(app.test_client())
    stranger.put_into_cart()
    return stranger


@pytest.mark.parametrize("step", ["customer", "save_card", "saved_cards"])
def test_a_gateway_that_cannot_keep_it_now_is_asked_later_and_the_payment_is_fine(
    shopper: Shopper, sandbox: Sandbox, step: str
) -> None:
    with patch.object(sandbox, step, side_effect=AWAY) as asked:
        session = pay(shopper, keep="1")
        wait_for(lambda: asked.called)
        turn_of_the_timetable()
    assert is_still_to_keep(session)
    assert cards(shopper) == []
    wait_for(lambda: turn_of_the_timetable() and cards(shopper))
    assert len(cards(shopper)) == 1
    assert not is_still_to_keep(session)
    assert turn_of_the_timetable() == 0


def test_an_answer_that_nobody_understands_keeps_no_other_card_from_being_kept(
    app: Flask, shopper: Shopper, stranger: Shopper, sandbox: Sandbox
) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        sessions = [pay(somebody, keep="1") for somebody in (shopper, stranger)]
    owner, ask = queries.find(sessions[0]).owner, sandbox.customer
    app.logger.disabled = True
    with patch.object(sandbox, "customer", lambda who, _="": {}[who] if who == owner else ask(who)):
        assert turn_of_the_timetable() == 2
    assert len(cards(stranger)) == 1
    assert is_still_to_keep(sessions[0])


def test_what_was_paid_at_another_gateway_is_not_asked_of_this_one(app: Flask, shopper: Shopper) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        session = pay(shopper, keep="1")
    with writing():
        db.session.query(PaymentSession).filter_by(id=session).update({"gateway": "another"})
    assert turn_of_the_timetable() == 0


def test_what_a_crash_or_a_full_pool_left_undone_is_done_at_the_next_turn(app: Flask, shopper: Shopper) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        session = pay(shopper, keep="1")
    assert is_still_to_keep(session)
    assert turn_of_the_timetable() == 1
    assert len(cards(shopper)) == 1


def test_after_a_day_nobody_tries_to_keep_it_any_more(app: Flask, shopper: Shopper) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        pay(shopper, keep="1")
    clock.freeze(clock.now() + saving.KEEP_WITHIN)
    assert turn_of_the_timetable() == 0
    assert cards(shopper) == []


@pytest.mark.parametrize(("ahead", "tried"), [(3600, 0), (2 * 86_400, 1)])
def test_a_card_that_a_clock_put_off_farther_than_any_wait_is_kept_now(
    app: Flask, shopper: Shopper, ahead: int, tried: int
) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        session = pay(shopper, keep="1")
    with writing():
        put_off = {"keep_after": clock.now() + timedelta(seconds=ahead)}
        db.session.query(PaymentSession).filter_by(id=session).update(put_off)
    assert turn_of_the_timetable() == tried


@ON_BOTH
def test_a_card_kept_by_many_at_once_is_kept_once(app: Flask, shopper: Shopper) -> None:
    with patch.object(app.extensions["smartcart"].pool, "run", return_value=None):
        session = pay(shopper, keep="1")
    assert together(app, *[lambda: saving.save_card(session)] * 8) == [None] * 8
    assert len(cards(shopper)) == 1
    assert not is_still_to_keep(session)
