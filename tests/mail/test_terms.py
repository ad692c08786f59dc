"""Who has ordered keeps the terms that they agreed to: the receipt brings them, whatever the shop writes later."""

from email.message import EmailMessage

import pytest

from smartcart.database.session import writing
from smartcart.mail import message, receipt
from smartcart.shop import agreements, legal_texts
from smartcart.shop.legal_models import LegalPage
from tests.mail.carrying import carry_out, letter
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.opened import NOW, open_session, order_of
from tests.payments.paying import pay, pay_new_session
from tests.support.databases import ON_BOTH, ON_SQLITE

pytestmark = pytest.mark.usefixtures("shop")

TERMS = "## Delivery\n\nPay, and it is yours: *für immer*."
ATTACHED = "The terms that you agreed to are attached to this letter"


def pay_under_terms() -> str:
    """The session of an order that names an edition which holds no more when it is paid."""
    session = open_session()
    legal_texts.publish(LegalPage.TERMS, TERMS)
    legal_texts.publish(LegalPage.PRIVACY, "We forget you.")
    with writing():
        agreements.keep(order_of(session).id, agreements.line().shown)
    legal_texts.publish(LegalPage.TERMS, "Pay, and wait.")
    pay(session)
    return session


def attached(mail: EmailMessage) -> list[tuple[str | None, str]]:
    return [(each.get_filename(), each.get_content()) for each in mail.iter_attachments()]


@ON_BOTH
def test_they_are_attached_in_the_edition_that_was_agreed_to(mail_server: MailServer) -> None:
    pay_under_terms()
    carry_out()
    [mail] = mail_server.mails()
    assert [(name, text.splitlines()) for name, text in attached(mail)] == [("Terms.txt", TERMS.splitlines())]
    for said in (text_of(mail), html_of(mail)):
        assert ATTACHED in said
        assert "Your money was taken once" in said


@ON_SQLITE
def test_where_nothing_was_agreed_to_nothing_is_attached(mail_server: MailServer) -> None:
    pay_new_session()
    carry_out()
    [mail] = mail_server.mails()
    assert attached(mail) == []
    assert ATTACHED not in text_of(mail)


@ON_SQLITE
def test_the_same_letter_is_the_same_bytes_each_time() -> None:
    row = letter(pay_under_terms())
    first, second = (message.write(receipt.compose(row), row, NOW) for _ in range(2))
    assert first == second
