"""A shopper removes a saved card: it is gone at once and for good, whatever else happens at that moment."""

from threading import Event
from unittest.mock import patch

import pytest
from flask import Flask

from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.protocol import GatewayError
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import queries
from smartcart.payments.core.saved_card_model import SavedCard
from smartcart.payments.flow import reconciler
from smartcart.payments.saved_cards import saving
from smartcart.rules.payment_states import State
from tests.payments.saved import cards, is_still_to_keep, keep_card, offered, pay, turn_of_the_timetable
from tests.support.databases import ON_BOTH
from tests.support.pace import UNHURRIED
from tests.support.refused import refusal
from tests.support.shopper import Shopper
from tests.support.two_at_once import together
from tests.support.waiting import wait_for

pytestmark = UNHURRIED

AWAY = GatewayError("the gateway is away")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nothing here is about a gateway that answers late."""
    return settings.model_copy(update={"payment_timeout": 5.0})


@pytest.fixture
def token(shopper: Shopper) -> str:
    """The shopper's saved card."""
    return keep_card(shopper)


def remove(shopper: Shopper, token: str) -> str:
    """Press Remove; returns what the page says then."""
    answer = shopper.post(f"/cards/{token}/remove")
    return shopper.get(answer.location).text if answer.status_code == 303 else answer.text


def test_a_removed_card_is_gone_here_and_at_the_gateway(shopper: Shopper, sandbox: Sandbox, token: str) -> None:
    customer = _row(token).customer
    assert "The card is removed." in remove(shopper, token)
    assert cards(shopper) == []
    session = shopper.order()
    assert token not in offered(shopper, session)
    assert refusal(shopper.pay(session, token)) == "UnknownMethod"
    wait_for(lambda: _row(token).forgotten_at)
    assert sandbox.saved_cards(customer) == ()


def test_of_a_removed_card_nothing_stays_that_could_be_shown(shopper: Shopper, token: str) -> None:
    remove(shopper, token)
    assert (_row(token).brand, _row(token).last4) == ("", "")


def test_a_removed_card_can_be_kept_anew(shopper: Shopper, token: str) -> None:
    remove(shopper, token)
    wait_for(lambda: _row(token).forgotten_at)
    again = keep_card(shopper)
    assert again != token
    pay(shopper, again)


@ON_BOTH
def test_a_card_removed_twice_is_gone_once(app: Flask, shopper: Shopper, token: str) -> None:
    owner = queries.find(shopper.order()).owner
    answers = together(app, *[lambda: saving.remove(owner, token)] * 8)
    assert sorted(answers, key=str) == [False] * 7 + [True]
    assert "not among your saved cards any more" in remove(shopper, token)


def test_nobody_removes_the_card_of_another(app: Flask, shopper: Shopper, token: str) -> None:
    for somebody in (Shopper(app.test_client()), _with_a_card(app)):
        assert "not among your saved cards any more" in remove(somebody, token)
    assert cards(shopper) == [token]


def test_while_the_gateway_is_away_the_card_is_gone_all_the_same_and_forgotten_later(
    shopper: Shopper, sandbox: Sandbox, token: str
) -> None:
    with patch.object(sandbox, "forget", side_effect=AWAY) as asked:
        remove(shopper, token)
        wait_for(lambda: asked.called)
        turn_of_the_timetable()
        assert cards(shopper) == []
        assert not _row(token).forgotten_at
    # Tried again after as long as it has waited already, which a busy machine makes some moments.
    wait_for(lambda: turn_of_the_timetable() and _row(token).forgotten_at)
    assert turn_of_the_timetable() == 0


def test_an_older_answer_of_the_gateway_brings_no_removed_card_back(
    shopper: Shopper, sandbox: Sandbox, token: str
) -> None:
    customer = _row(token).customer
    listed, ask = sandbox.saved_cards(customer), Event()

    def answer_late(_customer: str) -> object:
        ask.wait(10)
        return listed

    with patch.object(sandbox, "saved_cards", answer_late):
        session = pay(shopper, keep="1")
        remove(shopper, token)
        wait_for(lambda: _row(token).forgotten_at)
        ask.set()
        wait_for(lambda: not is_still_to_keep(session))
    assert cards(shopper) == []
    assert _row(token).last4 == ""


@ON_BOTH
def test_a_card_removed_while_it_is_being_charged_pays_and_is_gone(
    shopper: Shopper, sandbox: Sandbox, token: str
) -> None:
    session, sleep, charged = shopper.order(), sandbox._sleep, Event()

    def wait_until_removed(seconds: float) -> None:
        charged.wait(10)
        sleep(seconds)

    sandbox._sleep = wait_until_removed
    shopper.pay(session, token)
    wait_for(lambda: queries.find(session).reference)
    remove(shopper, token)
    wait_for(lambda: _row(token).forgotten_at)
    charged.set()
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    assert cards(shopper) == []


def test_a_card_removed_before_its_charge_is_sent_takes_nothing(shopper: Shopper, sandbox: Sandbox, token: str) -> None:
    session, open_reference, removed = shopper.order(), sandbox.open, Event()

    def open_late(*given: object) -> str:
        removed.wait(10)
        return open_reference(*given)  # type: ignore[arg-type]

    with patch.object(sandbox, "open", open_late):
        shopper.pay(session, token)
        remove(shopper, token)
        wait_for(lambda: _row(token).forgotten_at)
        removed.set()
        wait_for(lambda: queries.find(session).state is State.INTERRUPTED)
    assert session not in [charge.session for charge in sandbox.charges()]


def test_what_waits_for_its_automatic_retry_is_left_to_the_shopper_when_the_card_is_removed(shopper: Shopper) -> None:
    first = shopper.order()
    shopper.pay(first, "sandbox_unreachable_once", keep="1")
    wait_for(lambda: reconciler.retry() and queries.find(first).attempts == 2)
    wait_for(lambda: cards(shopper))
    session = shopper.order()
    shopper.pay(session, cards(shopper)[0])
    wait_for(lambda: queries.find(session).retry_at is not None)
    remove(shopper, cards(shopper)[0])
    wait_for(lambda: reconciler.retry() and queries.find(session).retry_at is None)
    assert queries.find(session).attempts == 1
    assert "We try again by ourselves" not in shopper.get(f"/pay/{session}").text
    assert shopper.pay(session, "sandbox_approve").status_code == 303
    wait_for(lambda: queries.find(session).state is State.COMPLETED)


def _row(token: str) -> SavedCard:
    db.session.rollback()
    return db.session.query(SavedCard).filter_by(token=token).populate_existing().one()


def _with_a_card(app: Flask) -> Shopper:
    somebody = Shopper(app.test_client())
    keep_card(somebody)
    return somebody
