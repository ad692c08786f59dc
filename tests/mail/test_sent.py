"""Who is sent something is told so, once, with where it can be followed."""

import re

import pytest

from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import queries
from smartcart.payments.core.refusals import SentAlready
from smartcart.payments.fulfilment import parcels
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import text_of
from tests.payments.sending import pay_to_be_sent
from tests.support.databases import ON_SQLITE

pytestmark = [pytest.mark.usefixtures("shop"), ON_SQLITE]

LINK = "https://post.example/track?id=1"


def told(session: str) -> list[Fate]:
    return [each.fate for each in letters(session) if each.kind == EffectKind.SENT]


def test_the_shopper_is_written_to_with_the_link(mail_server: MailServer) -> None:
    session = pay_to_be_sent()
    carry_out()
    mail_server.taken.clear()
    parcels.pack(session)
    parcels.send(session, "the post", LINK)
    carry_out()
    [mail] = mail_server.mails()
    assert mail["Subject"] == f"Order {queries.find(session).order_reference}: Your order is on its way"
    assert "handed to the post" in text_of(mail)
    assert LINK in text_of(mail)
    assert "Lilas" not in text_of(mail)


def test_a_correction_is_written_once_and_takes_the_place_of_what_was_not_sent_yet(mail_server: MailServer) -> None:
    session = pay_to_be_sent()
    parcels.pack(session)
    parcels.send(session, "the post", LINK)
    parcels.correct(session, "the post", LINK + "2")
    with pytest.raises(SentAlready):
        parcels.correct(session, "the post", LINK + "2")
    mail_server.taken.clear()
    carry_out()
    assert told(session) == [Fate.WITHDRAWN, Fate.DELIVERED]
    on_its_way = [text_of(mail) for mail in mail_server.mails() if "on its way" in mail["Subject"]]
    assert [re.findall(r"https://post\S+", text) for text in on_its_way] == [[LINK + "2"]]
    assert "corrected" in on_its_way[0]
