"""The owner is told what needs a person: in the transaction in which it happens, and in few letters."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.gateways.books import Balance, RefundAnswer
from smartcart.outbox import effects, owner_notices
from smartcart.outbox.models import Effect, EffectKind, Fate, OwnerNotice
from smartcart.payments.core import findings, next_check
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import outages
from smartcart.payments.refunds import from_books
from smartcart.rules.outcomes import APPROVED, TIMED_OUT
from smartcart.rules.owner_letters import NAMED, QUIET, Subject, Way
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from tests.mail.carrying import carry_out
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.opened import BASE_URL, NOW, begin, end_unpaid, make_refund, open_session, settle, time_passes
from tests.payments.paying import pay_new_session
from tests.support.databases import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("shop")]
OWNER = "owner@shop.example"


@pytest.fixture
def sending(sending: Settings) -> Settings:
    return sending.model_copy(update={"owner_email": OWNER, "base_url": BASE_URL})


def gather(way: Way = "at-once") -> int:
    return owner_notices.gather(way, runtime().settings.time_zone)


def noted() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(each.kind, each.detail) for each in db.session.scalars(select(OwnerNotice).order_by(OwnerNotice.id))]


def note(number: int = 1, about: Subject = Subject.MONEY) -> None:
    with writing():
        for each in range(number):
            owner_notices.write(about, f"event {each}", owner_notices.INBOX)


def to_owner(server: MailServer, way: Way = "at-once") -> list[str]:
    """What the owner's letters say, after all that is due was sent."""
    gather(way)
    carry_out()
    return [text_of(mail) for mail in server.mails() if mail["To"] == OWNER]


def leave_in_the_dark() -> str:
    session = open_session()
    settle(begin(session), TIMED_OUT)
    for _ in range(10):
        next_check.checked(session, "unknown", "reconciler", 5.0)
    return session


def test_a_payment_that_needs_a_person_is_told_with_the_way_to_it(mail_server: MailServer) -> None:
    session = leave_in_the_dark()
    [said] = to_owner(mail_server)
    assert said.startswith("A payment needs you")
    assert re.search(r"order SC-\d+, €42\.00: no answer after 10 questions\.", said)
    assert f"https://shop.example/admin/sessions/{session}" in said.split()
    [mail] = [mail for mail in mail_server.mails() if mail["To"] == OWNER]
    assert mail["Subject"] == "SmartCart: A payment needs you"
    assert f'href="https://shop.example/admin/sessions/{session}"' in html_of(mail)
    assert mail["List-Unsubscribe"] is None


def test_what_is_undone_with_its_payment_is_not_told() -> None:
    def note_and_break() -> None:
        with writing():
            owner_notices.write(Subject.MONEY, "nothing", owner_notices.INBOX)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        note_and_break()
    assert noted() == []


def test_money_that_comes_after_the_end_is_told() -> None:
    _, attempt = end_unpaid(State.EXPIRED)
    settle(attempt, APPROVED)
    [(kind, detail)] = noted()
    assert kind == Subject.MONEY
    assert "late money: paid after it was expired" in detail


def test_money_that_no_payment_stands_for_is_told_once_however_often_it_is_seen() -> None:
    for _ in range(3):
        with writing():
            findings.add(Verdict.CHARGED_NOT_PAID, "of nobody", "sb_1", 4200, "EUR", "charged for nothing here")
    assert noted() == [(Subject.MONEY, "€42.00, charged not paid: charged for nothing here")]


def test_what_is_found_again_after_the_books_had_settled_it_is_told_again() -> None:
    def find() -> None:
        with writing():
            findings.add(Verdict.CHARGED_NOT_PAID, "of nobody", "sb_1", 4200, "EUR", "charged")

    find()
    with writing():
        findings.settle([findings.open_ones()[0].id], findings.BOOKS, "gone")
    find()
    assert len(noted()) == 2


def test_a_refund_that_fails_is_told() -> None:
    make_refund(pay_new_session(), RefundAnswer.REFUSED)
    assert [kind for kind, _ in noted()] == [Subject.REFUND]


def test_a_dispute_is_told_with_the_date_until_which_to_answer(mail_server: MailServer) -> None:
    session = pay_new_session()
    for _ in range(2):
        from_books.take_up(session, Balance(charged=4200, refunded=0, disputed=4200, answer_by=NOW + timedelta(days=9)))
    [said] = to_owner(mail_server)
    assert said.startswith("A dispute")
    assert re.search(r"the shopper's bank asks for €42\.00 back; answer by 1 Dec 2026, 10:00 UTC\.", said)


def test_a_storm_is_two_letters_with_the_number_and_the_first_ten(mail_server: MailServer) -> None:
    note()
    assert len(to_owner(mail_server)) == 1
    for _ in range(20):
        note(5)
        to_owner(mail_server)
        time_passes(60)
    assert len(to_owner(mail_server)) == 1
    time_passes(QUIET.total_seconds())
    said = to_owner(mail_server)
    assert len(said) == 2
    assert said[1].startswith("Money without a paid order, 100 times")
    assert said[1].count("- event") == NAMED
    assert "And 90 more: https://shop.example/admin" in said[1]


def test_kinds_do_not_wait_for_each_other(mail_server: MailServer) -> None:
    note()
    to_owner(mail_server)
    note(about=Subject.REFUND)
    assert len(to_owner(mail_server)) == 2


def test_a_digest_tells_all_kinds_in_one_letter_in_the_morning(mail_server: MailServer) -> None:
    note(2)
    note(about=Subject.DISPUTE)
    assert to_owner(mail_server, "daily") == []
    time_passes(timedelta(hours=22).total_seconds())  # from ten to eight
    [said] = to_owner(mail_server, "daily")
    assert said.startswith("3 things need a look")
    assert said.index("Money without a paid order, 2 times") < said.index("A dispute")
    note()
    assert len(to_owner(mail_server, "daily")) == 1


def test_a_letter_that_was_given_up_is_told_and_one_to_the_owner_is_not(mail_server: MailServer) -> None:
    mail_server.rcpt = ["550 no such box"] * 2
    pay_new_session()
    carry_out()
    assert [kind for kind, _ in noted()] == [Subject.MAIL]
    assert gather() == 1
    carry_out()
    letters = db.session.scalars(select(Effect).where(Effect.kind == EffectKind.OWNER)).all()
    assert [letter.fate for letter in letters] == [Fate.GIVEN_UP]
    assert len(noted()) == 1
    assert gather() == 0


def test_a_gateway_that_is_out_for_a_minute_is_told_and_that_it_is_back(mail_server: MailServer) -> None:
    pace = runtime().pace
    while not pace.is_silent:
        pace.note(answered=False, era=pace.era)
    assert outages.tell() == 0
    time_passes(60)
    pace.note(answered=False, era=pace.era)
    assert [outages.tell() for _ in range(3)] == [1, 0, 0]
    time_passes(60)
    pace.note(answered=True, era=pace.era)
    assert [outages.tell() for _ in range(3)] == [1, 0, 0]
    assert noted() == [
        (Subject.GATEWAY_OUT, "it has not answered since 22 Nov 2026, 10:00 UTC"),
        (Subject.GATEWAY_BACK, "it has answered again since 22 Nov 2026, 10:02 UTC"),
    ]


def test_every_place_that_a_letter_leads_to_is_there(shop: Flask) -> None:
    session = leave_in_the_dark()
    for path in (owner_notices.OVERVIEW, owner_notices.INBOX, owner_notices.LETTERS, f"/admin/sessions/{session}"):
        assert shop.test_client().get(path).location.startswith("/admin/login")


def test_without_an_owner_nothing_is_written(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = runtime().settings.model_copy(update={"owner_email": ""})
    monkeypatch.setitem(shop.config, "SETTINGS", nobody)
    leave_in_the_dark()
    note()
    assert noted() == []
    assert outages.tell() == 0


def test_what_was_told_is_forgotten_with_its_letters() -> None:
    note()
    gather()
    clock.freeze(clock.now() + effects.KEPT_FOR + timedelta(seconds=1))
    assert owner_notices.forget_old() == 1
    assert noted() == []
