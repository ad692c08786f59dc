"""Who ordered and never tried to pay is written to once, where a box was ticked for it; nobody else ever is."""

import pytest
from flask import Flask

from smartcart.database.session import db
from smartcart.mail import unpaid
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import record
from smartcart.payments.flow import desk, gateway_calls, reconciler
from smartcart.rules.letters import NEVER_TRIED_FOR
from smartcart.rules.payment_states import Move, State
from smartcart.shop.consents import CHECKOUT, WORDING
from smartcart.shop.models import LetterConsent
from tests.mail.carrying import carry_out, letter, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import text_of
from tests.payments.opened import NOW, open_session, state_of, time_passes, write_down
from tests.support.shopper import Shopper

LIFETIME = 900.0


@pytest.fixture
def ada(shop: Flask) -> Shopper:
    return Shopper(shop.test_client())


def order(ada: Shopper, **ticked: str) -> str:
    """The session of an order, with the box ticked or not."""
    ada.put_into_cart()
    placed = ada.post("/checkout", {"name": "Ada", "email": "ada@example.org", **ticked})
    return str(placed.location.rpartition("/")[2])


def expire(session: str) -> None:
    time_passes(LIFETIME)
    reconciler.sweep()
    assert state_of(session) is State.EXPIRED


def test_the_box_is_not_ticked_and_what_it_says_is_kept_with_the_answer(ada: Shopper) -> None:
    ada.put_into_cart()
    page = ada.get("/checkout").text
    assert WORDING in page.replace("&#39;", "'")
    assert "checked" not in page
    order(ada, remind="y")
    [consent] = db.session.query(LetterConsent).all()
    assert (consent.wording, consent.given_at, consent.source) == (WORDING, NOW, CHECKOUT)


def test_an_hour_after_its_time_was_over_there_is_one_letter_with_the_way_back(
    ada: Shopper, mail_server: MailServer
) -> None:
    session = order(ada, remind="y")
    expire(session)
    time_passes(NEVER_TRIED_FOR - 1)
    assert carry_out() == 0
    time_passes(1)
    carry_out()
    [mail] = mail_server.mails()
    assert "no money was taken" in text_of(mail)
    assert "/resume/" in text_of(mail)
    assert "/statement" not in text_of(mail)
    assert "/unsubscribe/" in text_of(mail)
    assert (letter(session).kind, letter(session).fate) == (EffectKind.NEVER_TRIED, Fate.DELIVERED)


def test_one_that_ends_when_it_is_read_is_written_about_as_well(ada: Shopper) -> None:
    session = order(ada, remind="y")
    time_passes(LIFETIME)
    desk.read(session)
    assert letter(session).kind == EffectKind.NEVER_TRIED


def test_without_a_tick_nobody_is_written_to(ada: Shopper) -> None:
    session = order(ada)
    expire(session)
    time_passes(NEVER_TRIED_FOR)
    assert (carry_out(), letters(session)) == (0, [])
    assert db.session.query(LetterConsent).all() == []


def test_who_cancels_has_decided(ada: Shopper) -> None:
    session = order(ada, remind="y")
    record.end(session, Move.CANCEL, "shopper")
    assert letters(session) == []


def test_who_has_ordered_since_is_left_alone(ada: Shopper, mail_server: MailServer) -> None:
    session = order(ada, remind="y")
    expire(session)
    gateway_calls.charge(write_down(order(ada)))
    time_passes(NEVER_TRIED_FOR)
    carry_out()
    assert (letter(session).fate, letter(session).problem) == (Fate.WITHDRAWN, unpaid.ORDERED_SINCE)
    assert ["Paid" in mail["Subject"] for mail in mail_server.mails()] == [True]


def test_what_was_tried_is_no_longer_of_that_kind(ada: Shopper) -> None:
    session = order(ada, remind="y")
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    assert letter(session).kind == EffectKind.INTERRUPTED


def test_another_s_order_is_not_agreed_to_by_it(ada: Shopper) -> None:
    order(ada, remind="y")
    another = open_session("grace", slug="kettle")
    expire(another)
    assert letters(another) == []
