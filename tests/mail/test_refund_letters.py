"""Who is given money back is told of each step that lasts: once, true when it is sent, with the way to its page."""

import re
from email.message import EmailMessage

import pytest

from smartcart.drill.letters import Mail, claims
from smartcart.gateways.books import RefundAnswer
from smartcart.ids import new_id
from smartcart.mail import refund as refund_letter
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import refund_copy
from smartcart.payments.refunds import calls, transitions
from smartcart.rules.outcomes import APPROVED
from smartcart.rules.payment_states import Money
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.opened import begin, make_refund, open_for_merchant, order_of, settle, time_passes
from tests.payments.paying import pay_new_session
from tests.payments.scripted import Scripted
from tests.support.databases import ON_SQLITE

pytestmark = [pytest.mark.usefixtures("shop"), ON_SQLITE]

A_MINUTE, A_DAY = 60, 86400


def gateway() -> Scripted:
    found = runtime().gateway
    assert isinstance(found, Scripted)
    return found


@pytest.fixture
def paid(mail_server: MailServer) -> str:
    """Its receipt is delivered."""
    session = pay_new_session()
    carry_out()
    mail_server.taken.clear()
    return session


def ask_for(session: str, amount: int | None = None) -> str:
    refund_id = new_id()
    transitions.request(session, amount, "the owner's own reason", "admin", refund_id)
    return refund_id


def only(mail_server: MailServer) -> EmailMessage:
    [mail] = mail_server.mails()
    return mail


def fates(session: str, kind: EffectKind) -> list[tuple[Fate, str]]:
    return [(each.fate, each.problem) for each in letters(session) if each.kind == kind]


def test_what_was_given_back_is_said_with_the_day_by_which_it_is_seen(paid: str, mail_server: MailServer) -> None:
    make_refund(paid)
    carry_out()
    mail = only(mail_server)
    assert re.fullmatch(r"Order SC-\d+: €42\.00 was given back", mail["Subject"])
    for said in (text_of(mail), html_of(mail)):
        assert "by 4 Dec 2026" in said
        assert "All of it was given back." in said
        assert f"https://shop.example/orders/{order_of(paid).token}/refunds" in said
        assert "own reason" not in said


def test_what_is_made_at_once_is_written_about_once(paid: str, mail_server: MailServer) -> None:
    ask_for(paid)
    make_refund(paid)
    carry_out()
    time_passes(A_MINUTE)
    carry_out()
    assert "was given back" in only(mail_server)["Subject"]
    assert fates(paid, EffectKind.REFUND_REQUESTED) == [(Fate.WITHDRAWN, refund_letter.OVERTAKEN)]


def test_every_letter_says_where_the_money_is_and_nothing_that_contradicts_it(
    paid: str, mail_server: MailServer
) -> None:
    """By the words that the drill goes by."""
    ask_for(paid, 1000)
    make_refund(paid, RefundAnswer.PENDING)
    time_passes(A_MINUTE)
    carry_out()
    make_refund(paid)
    carry_out()
    ask_for(paid, 1000)
    make_refund(paid, RefundAnswer.REFUSED)
    carry_out()
    time_passes(A_MINUTE)  # of two that are asked for at the same moment, which is the last is not fixed
    make_refund(paid)
    carry_out()
    said = [claims(Mail("", "", Fate.DELIVERED, 0, 0, [text_of(mail), html_of(mail)])) for mail in mail_server.mails()]
    assert said == [{Money.TAKEN}, {Money.TAKEN}, {Money.TAKEN}, {Money.RETURNED}]


def test_what_takes_longer_is_said_to_be_on_its_way(paid: str, mail_server: MailServer) -> None:
    ask_for(paid)
    make_refund(paid, RefundAnswer.PENDING)
    carry_out()
    assert mail_server.taken == []
    time_passes(A_MINUTE)
    carry_out()
    mail = only(mail_server)
    assert mail["Subject"].endswith("€42.00 is on its way back to you")
    assert refund_copy.ACCEPTED in " ".join(text_of(mail).split())


def test_the_gateway_is_asked_before_it_is_said_to_be_on_its_way(paid: str, mail_server: MailServer) -> None:
    refund_id = ask_for(paid)
    time_passes(A_MINUTE)
    gateway().ledger.refund(str(queries.find(paid).reference), 4200, refund_id)  # its answer was lost
    carry_out()
    assert fates(paid, EffectKind.REFUND_REQUESTED) == [(Fate.WITHDRAWN, refund_letter.OVERTAKEN)]
    carry_out()
    assert "was given back" in only(mail_server)["Subject"]


def test_one_that_comes_back_days_later_is_told(paid: str, mail_server: MailServer) -> None:
    refund_id = ask_for(paid)
    calls.make(refund_id, "admin")
    carry_out()
    time_passes(9 * A_DAY)
    gateway().ledger.fail_refund(refund_id)
    calls.follow(paid)
    carry_out()
    made, failed = mail_server.mails()
    assert "was given back" in made["Subject"]
    assert "came back to the shop" in failed["Subject"]
    assert "Your bank did not take it." in text_of(failed)


def test_one_that_came_back_before_it_was_told_is_told_as_it_is(paid: str, mail_server: MailServer) -> None:
    refund_id = ask_for(paid)
    calls.make(refund_id, "admin")
    gateway().ledger.fail_refund(refund_id)
    time_passes(A_MINUTE)
    carry_out()
    carry_out()
    assert "came back to the shop" in only(mail_server)["Subject"]
    assert fates(paid, EffectKind.REFUND_MADE) == [(Fate.WITHDRAWN, refund_letter.OVERTAKEN)]


def test_a_refusal_is_told(paid: str, mail_server: MailServer) -> None:
    make_refund(paid, RefundAnswer.REFUSED)
    carry_out()
    assert "could not be given back yet" in only(mail_server)["Subject"]


def test_a_refusal_of_what_was_given_back_otherwise_is_not(paid: str, mail_server: MailServer) -> None:
    refund_id = ask_for(paid)
    gateway().ledger.refund(str(queries.find(paid).reference), 4200, "by hand")
    calls.make(refund_id, "admin")
    carry_out()
    assert "was given back" in only(mail_server)["Subject"]
    assert fates(paid, EffectKind.REFUND_FAILED) == [(Fate.WITHDRAWN, refund_letter.ALL_RETURNED)]


def test_each_of_several_has_its_own(paid: str, mail_server: MailServer) -> None:
    for amount in (1000, 200):
        ask_for(paid, amount)
        make_refund(paid)
    carry_out()
    assert "Your order stays paid: €12.00 of €42.00 was given back so far." in text_of(mail_server.mails()[-1])
    subjects = sorted(mail["Subject"].partition(": ")[2] for mail in mail_server.mails())
    assert subjects == ["€10.00 was given back", "€2.00 was given back"]


def test_however_often_the_gateway_says_so_it_is_told_once(paid: str, mail_server: MailServer) -> None:
    refund_id = ask_for(paid)
    for _ in range(3):
        calls.make(refund_id, "admin")
        calls.follow(paid)
        carry_out()
    assert len(mail_server.taken) == 1


def test_what_a_dispute_takes_is_for_the_bank_to_tell(paid: str, mail_server: MailServer) -> None:
    gateway().ledger.dispute(str(queries.find(paid).reference), 4200, "lost")
    calls.follow(paid)
    carry_out()
    assert mail_server.taken == []


def test_nobody_is_written_to_of_a_merchant_s_order() -> None:
    session = open_for_merchant()
    settle(begin(session), APPROVED)
    make_refund(session)
    assert letters(session) == []
