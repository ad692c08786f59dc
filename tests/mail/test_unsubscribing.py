"""Who wants no letters that are not strictly needed says so by a link, in one step and on any device."""

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart.database.session import db
from smartcart.mail import receipt, sending, unsubscribed
from smartcart.mail.letter import Letter
from smartcart.outbox.models import Effect, EffectKind, Fate
from smartcart.payments.core.runtime import runtime
from tests.mail.carrying import carry_out, letter
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.paying import pay_new_session
from tests.support.databases import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("shop")]
LONG_NAME = "https://" + "a-very-long-name-of-a-shop." * 3 + "example"
ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def reminders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every receipt is one that is not strictly needed."""

    def compose(effect: Effect) -> Letter:
        return replace(receipt.compose(effect), is_needed=False)

    monkeypatch.setitem(sending.LETTERS, EffectKind.RECEIPT, compose)


def one_mail(server: MailServer) -> EmailMessage:
    pay_new_session()
    carry_out()
    [mail] = server.mails()
    return mail


def press(shop: Flask, address: str, more: str = "") -> TestResponse:
    """As mail providers do: without a cookie, with what RFC 8058 has in the body."""
    path = re.sub(r"https?://[^/]+", "", address) + more
    return shop.test_client(use_cookies=False).post(path, data={"List-Unsubscribe": "One-Click"})


def page(shop: Flask, address: str) -> TestResponse:
    return shop.test_client().get(re.sub(r"https?://[^/]+", "", address))


def test_what_is_not_needed_names_a_link_in_its_headers_and_in_what_people_read(mail_server: MailServer) -> None:
    mail = one_mail(mail_server)
    link = unsubscribed.link(ADA, "https://shop.example")
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in text_of(mail).split()
    assert f'href="{link}"' in html_of(mail)


@pytest.mark.parametrize("base_url", ["https://shop.example", LONG_NAME, LONG_NAME + "/shop" * 20])
def test_the_header_stands_whole_in_one_line(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, base_url: str
) -> None:
    monkeypatch.setattr("tests.payments.opened.BASE_URL", base_url)
    one_mail(mail_server)
    found = rf"\r\nList-Unsubscribe: <{base_url}/unsubscribe/[\w-]{{38}}>\r\n"
    assert re.search(found.encode(), mail_server.taken[0])


def test_one_step_is_not_promised_without_https(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.payments.opened.BASE_URL", "http://127.0.0.1:8000")
    mail = one_mail(mail_server)
    assert mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] is None


def test_what_is_needed_names_none(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sending.LETTERS, EffectKind.RECEIPT, receipt.compose)
    mail = one_mail(mail_server)
    assert mail["List-Unsubscribe"] is None
    assert "/unsubscribe/" not in text_of(mail) + html_of(mail)


def test_opening_the_link_changes_nothing_and_shows_a_button(shop: Flask) -> None:
    link = unsubscribed.link(ADA, "https://shop.example")
    for _ in range(2):
        shown = page(shop, link)
        assert shown.status_code == 200
        assert 'data-wants-none="no"' in shown.text
        assert "no-store" in shown.headers["Cache-Control"]
        assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert not unsubscribed.wants_none(unsubscribed.hash_of(ADA))


def test_after_one_press_nothing_comes_that_is_not_needed(shop: Flask, mail_server: MailServer) -> None:
    pressed = press(shop, unsubscribed.link(ADA, "https://shop.example"))
    assert pressed.status_code == 200
    assert 'data-wants-none="yes"' in pressed.text
    session = pay_new_session()
    carry_out()
    assert mail_server.taken == []
    assert letter(session).fate is Fate.WITHDRAWN
    assert letter(session).problem == sending.WANTS_NONE


def test_what_is_needed_comes_all_the_same(
    shop: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(shop, unsubscribed.link(ADA, "https://shop.example"))
    monkeypatch.setitem(sending.LETTERS, EffectKind.RECEIPT, receipt.compose)
    assert one_mail(mail_server)["To"] == ADA


def test_it_holds_for_the_address_however_it_is_written(shop: Flask) -> None:
    press(shop, unsubscribed.link(" Ada@Example.ORG", "https://shop.example"))
    assert unsubscribed.wants_none(unsubscribed.hash_of(ADA))
    assert not unsubscribed.wants_none(unsubscribed.hash_of("bob@example.org"))


def test_a_second_press_changes_nothing_and_another_one_undoes_it(shop: Flask, mail_server: MailServer) -> None:
    link = unsubscribed.link(ADA, "https://shop.example")
    for _ in range(2):
        assert 'data-wants-none="yes"' in press(shop, link).text
    assert 'data-wants-none="yes"' in page(shop, link).text
    assert 'data-wants-none="no"' in press(shop, link, "/undo").text
    assert one_mail(mail_server)["To"] == ADA


def test_the_address_itself_is_not_kept(shop: Flask) -> None:
    press(shop, unsubscribed.link(ADA, "https://shop.example"))
    [kept] = db.session.query(unsubscribed.Unsubscribed).all()
    assert len(kept.address_hash) == unsubscribed.CHARACTERS
    assert "ada" not in kept.address_hash.lower()


def test_it_holds_after_the_secret_key_was_changed(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    press(shop, unsubscribed.link(ADA, "https://shop.example"))
    monkeypatch.setitem(shop.config, "SECRET_KEY", "another secret key of this shop")
    assert unsubscribed.wants_none(unsubscribed.hash_of(ADA))


def test_a_link_that_was_cut_off_or_altered_gets_a_plain_sentence_and_a_way_on(shop: Flask) -> None:
    link = unsubscribed.link(ADA, "https://shop.example")
    address_hash = link[-38:-22]
    for wrong in (link[:-1], link[:-23], link[:-38] + "x", link.replace(address_hash, "A" * 16), link[:-22] + "é" * 22):
        for answer in (page(shop, wrong), press(shop, wrong), press(shop, wrong, "/undo")):
            assert answer.status_code == 404
            assert "This link is not whole" in answer.text
            assert 'href="/"' in answer.text
    assert db.session.query(unsubscribed.Unsubscribed).count() == 0


def test_the_page_says_nothing_of_whose_address_it_is(shop: Flask) -> None:
    shown = page(shop, unsubscribed.link(ADA, "https://shop.example")).text
    assert "ada" not in shown.lower().replace("data-", "")
    assert runtime().settings.shop_name in shown
