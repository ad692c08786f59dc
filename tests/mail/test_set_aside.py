"""Whose sum is set aside is written to: that nothing is taken yet, and then what became of it."""

import re

import pytest
from flask import Flask

from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import record
from smartcart.payments.flow import desk, gateway_calls
from smartcart.payments.page.seen import FOR_WHO_HAS_NOT
from smartcart.rules.letters import UNSEEN
from smartcart.rules.payment_states import Move, State
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.opened import open_session, state_of, time_passes
from tests.payments.paying import set_aside
from tests.support.waiting import wait_for

pytestmark = pytest.mark.usefixtures("shop")


def said(mail_server: MailServer) -> list[str]:
    return [" ".join(text_of(mail).split()) for mail in mail_server.mails()]


def test_at_once_that_it_is_set_aside_and_nothing_taken_and_by_when_that_ends(mail_server: MailServer) -> None:
    set_aside(open_session())
    carry_out()
    [letter] = said(mail_server)
    assert "Your bank has set the sum aside; nothing is taken until the shop has looked, by 28 Nov 2026" in letter
    assert "See where it stands now:" in letter


def test_its_link_shows_the_same_and_offers_no_way_to_pay(mail_server: MailServer, shop: Flask) -> None:
    set_aside(open_session())
    carry_out()
    [link] = re.findall(r"/resume/\S+", text_of(mail_server.mails()[0]))
    page = shop.test_client().get(link).text
    assert 'data-money="reserved"' in page
    assert "Locked for now, so that you cannot pay twice." in page


def test_it_is_in_the_html_of_the_letter_too(mail_server: MailServer) -> None:
    set_aside(open_session())
    carry_out()
    assert "set the sum aside" in html_of(mail_server.mails()[0])


def test_then_the_receipt_once_it_is_taken(mail_server: MailServer) -> None:
    session = set_aside(open_session())
    carry_out()
    desk.capture(session, "admin")
    wait_for(lambda: state_of(session) is State.COMPLETED)
    carry_out()
    assert "Your money was taken once" in said(mail_server)[-1]
    assert [each.kind for each in letters(session)] == [EffectKind.HELD, EffectKind.RECEIPT]


def test_or_that_it_is_set_free_where_nobody_saw_that_on_the_page(mail_server: MailServer) -> None:
    session = set_aside(open_session())
    carry_out()
    record.request_cancel(session, "clock", "")
    gateway_calls.close(session, Move.CANCEL, "clock")
    assert EffectKind.RELEASED in FOR_WHO_HAS_NOT
    time_passes(UNSEEN)
    carry_out()
    last = said(mail_server)[-1]
    assert "The sum is no longer set aside. Your bank may show it for some days more" in last
    assert "took no money" in last


def test_what_was_decided_before_the_letter_could_go_is_not_written_of_as_set_aside(mail_server: MailServer) -> None:
    session = set_aside(open_session())
    desk.capture(session, "admin")
    wait_for(lambda: state_of(session) is State.COMPLETED)
    carry_out()
    assert {each.kind: each.fate for each in letters(session)}[EffectKind.HELD] is Fate.WITHDRAWN
    assert len(mail_server.mails()) == 1
