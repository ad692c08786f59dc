"""Who has paid is sent a receipt: once, and true at the moment it is sent."""

import re
from email.message import EmailMessage

import pytest

from smartcart.database.session import writing
from smartcart.outbox.models import EffectKind, Fate
from smartcart.rules.outcomes import APPROVED
from smartcart.shop import identity
from tests.mail.carrying import carry_out, letter, letters
from tests.mail.mail_server import MailServer
from tests.payments.opened import DECLINED, begin, make_refund, open_for_merchant, open_session, settle, time_passes
from tests.payments.paying import pay_new_session
from tests.support.databases import ON_SQLITE

pytestmark = pytest.mark.usefixtures("shop")


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def test_it_says_that_the_money_was_taken_once_and_what_for(mail_server: MailServer) -> None:
    session = pay_new_session()
    carry_out()
    [mail] = mail_server.mails()
    assert mail["To"] == "ada@example.org"
    assert mail["From"] == "SmartCart <shop@shop.example>"
    assert re.fullmatch(r"Order SC-\d+: Paid\. Thank you!", mail["Subject"])
    assert mail["Date"] == "Sun, 22 Nov 2026 10:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    for said in (text_of(mail), html_of(mail)):
        assert "Your money was taken once, and your order is paid." in said
        assert "1 × Teapot" in said
        assert "€42.00" in said
        assert "As of 22 Nov 2026, 10:00 UTC." in said
    assert letter(session).fate is Fate.DELIVERED


@ON_SQLITE  # how a letter is written is the same on either
def test_it_comes_from_the_shop_by_the_name_that_its_owner_has_written(mail_server: MailServer) -> None:
    with writing():
        identity.write(name="Pots & Pans", slogan="Made to last", logo="a.png", logo_width=100, logo_height=50)
    identity.of_shop().ask_anew()
    pay_new_session()
    carry_out()
    [mail] = mail_server.mails()
    assert mail["From"] == "Pots & Pans <shop@shop.example>"
    assert "Pots & Pans: Made to last" in text_of(mail).splitlines()
    assert "Pots &amp; Pans: Made to last. As of" in html_of(mail)
    logo = 'src="https://shop.example/pictures/a.png" alt="Pots &amp; Pans" width="80" height="40"'
    assert logo in html_of(mail)


@ON_SQLITE
def test_its_link_stands_whole_on_a_line_of_its_own(mail_server: MailServer) -> None:
    pay_new_session()
    carry_out()
    [mail] = mail_server.taken
    assert re.search(rb"\r\nhttps://shop\.example/orders/[\w-]{32}\r\n", mail)


@ON_SQLITE
def test_a_link_that_is_too_long_for_a_line_arrives_whole(
    shop: object, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "https://shop.example/" + "a-long-way-to-the-shop/" * 4
    monkeypatch.setattr("tests.payments.opened.BASE_URL", long.rstrip("/"))
    pay_new_session()
    carry_out()
    [mail] = mail_server.mails()
    assert re.search(rf"^{long}orders/[\w-]{{32}}\r?$", text_of(mail), re.MULTILINE)
    assert b"base64" in mail_server.taken[0]


@ON_SQLITE
def test_its_html_needs_no_style_sheet_of_the_reader_s_program(mail_server: MailServer) -> None:
    pay_new_session()
    carry_out()
    html = html_of(mail_server.mails()[0])
    assert re.search(r'<h1 style="[^"]*font-size: 22px', html)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "src=" not in html


def test_it_is_sent_once_however_often_the_payment_is_confirmed(mail_server: MailServer) -> None:
    session = open_session()
    attempt = begin(session)
    for _ in range(3):
        settle(attempt, APPROVED)
        carry_out()
    assert len(mail_server.taken) == 1


def test_what_was_given_back_before_it_was_sent_is_said_to_be(mail_server: MailServer) -> None:
    session = pay_new_session()
    make_refund(session)
    carry_out()
    [mail] = [mail for mail in mail_server.mails() if "Your money was returned" in mail["Subject"]]
    assert "taken once" not in text_of(mail) + html_of(mail)
    assert "Given back: €42.00" in text_of(mail)


def test_money_that_came_too_late_is_said_to_go_back(mail_server: MailServer) -> None:
    session = open_session(stock=1)
    attempt = begin(session)
    settle(attempt, DECLINED)
    time_passes(900)
    from smartcart.payments.core import record
    from smartcart.rules.payment_states import Move

    record.end(session, Move.EXPIRE, "clock")
    open_session("grace", stock=1)  # has the last one now
    settle(attempt, APPROVED)
    carry_out()
    [mail] = mail_server.mails()
    assert "Your money is being returned" in mail["Subject"]
    assert "it can no longer be delivered" in text_of(mail)


def test_of_what_is_not_paid_there_is_no_receipt(mail_server: MailServer) -> None:
    session = open_session()
    settle(begin(session), DECLINED)
    assert carry_out() == 0
    assert EffectKind.RECEIPT not in {each.kind for each in letters(session)}


def test_a_merchant_s_customer_is_not_known_and_not_written_to(mail_server: MailServer) -> None:
    session = open_for_merchant()
    settle(begin(session), APPROVED)
    assert (carry_out(), letters(session)) == (0, [])
