"""Whoever is concerned is told that the gateway is out, and that it is back: on the page, by letter, and the owner."""

from datetime import timedelta

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import queries, weather
from smartcart.payments.flow import outages, weather_watch
from smartcart.rules.outcomes import TIMED_OUT
from smartcart.rules.payment_states import State
from smartcart.rules.weather import Weather
from tests.mail.carrying import carry_out, letters
from tests.payments.flow.outage import MINUTE, goes_out
from tests.payments.opened import (
    begin,
    open_session,
    settle,
    time_passes,
)
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("scripted_shop", "enough_of_everything")


@ON_SQLITE
def test_the_page_says_so_before_anything_is_typed_and_an_open_one_is_told(shopper: Shopper) -> None:
    session = shopper.order()
    before = queries.find(session).version
    assert "answers nobody at the moment" not in shopper.get(f"/pay/{session}").text
    time_passes(1)
    goes_out()
    assert queries.find(session).version > before
    page = shopper.get(f"/pay/{session}").text
    assert 'data-weather="out"' in page
    assert "Your order is kept for as long as this lasts, a day at most" in page
    assert 'data-money="not_taken"' in page
    assert weather.claim_probe("a session")
    assert "no attempt was used" in shopper.get(shopper.pay(session).location).text


@ON_SQLITE
def test_what_is_in_the_dark_stays_so_on_the_page(shopper: Shopper) -> None:
    session = shopper.order()
    settle(begin(session), TIMED_OUT)
    goes_out()
    page = shopper.get(f"/pay/{session}").text
    assert 'data-money="checking"' in page
    assert "gateway-weather" not in page
    assert "no attempt was used" not in shopper.get(shopper.pay(session).location).text


@ON_SQLITE
def test_who_asked_has_one_letter_once_payments_work(shopper: Shopper, gateway: Scripted) -> None:
    session, other = shopper.order(), open_session("asks for nothing")
    goes_out()
    assert "Mail me when payments work" in shopper.get(f"/pay/{session}").text
    for _ in range(2):
        shopper.post(f"/pay/{session}/letter")
    assert "We write to a•••@e•••.org when payments work again" in shopper.get(f"/pay/{session}").text
    time_passes(10 * MINUTE)
    weather_watch.look()
    carry_out()
    assert [each.fate for each in letters(session)] == [Fate.WAITING]
    weather.become(Weather.FAIR)
    weather_watch.look()
    carry_out()
    [letter] = letters(session)
    assert (letter.kind, letter.fate) == (EffectKind.PAYMENTS_WORK, Fate.KEPT)
    assert letter.message is not None
    assert b"Payments work again" in letter.message
    assert b"/resume/" in letter.message
    assert not letters(other)
    time_passes(1)
    weather_watch.look()
    assert len(letters(session)) == 1


@ON_SQLITE
def test_who_has_paid_meanwhile_is_not_written_to(shopper: Shopper) -> None:
    session = shopper.order()
    goes_out()
    shopper.post(f"/pay/{session}/letter")
    shopper.pay(session)
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    weather.become(Weather.FAIR)
    weather_watch.look()
    carry_out()
    fates = {each.kind: each.fate for each in letters(session)}
    assert fates[EffectKind.PAYMENTS_WORK] is Fate.WITHDRAWN


@ON_SQLITE
def test_the_owner_is_told_once_that_it_is_out_and_once_that_it_is_back(scripted_shop: Flask) -> None:
    settings = scripted_shop.extensions["smartcart"].settings.model_copy(update={"owner_email": "owner@example.org"})
    with create_app(settings, scripted_shop.extensions["smartcart"].gateway).app_context():
        goes_out()
        assert outages.tell() == 0
        time_passes(2 * MINUTE)
        assert [outages.tell(), outages.tell()] == [1, 0]
        time_passes(timedelta(minutes=8).total_seconds())
        weather.become(Weather.FAIR)
        assert [outages.tell(), outages.tell()] == [1, 0]
