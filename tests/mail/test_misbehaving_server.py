"""A mail server that refuses, puts off, dies or hangs: each letter arrives once in effect, or a person sees why not."""

from pathlib import Path
from threading import Event

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.config import Settings
from smartcart.mail import smtp
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import queries
from smartcart.rules import patience
from smartcart.rules.payment_states import State
from tests.mail.carrying import carry_out, letter, letters
from tests.mail.mail_server import PASSWORD, USER, MailServer, nobody
from tests.payments.opened import make_refund, time_passes
from tests.payments.paying import pay_new_session
from tests.support.databases import ON_SQLITE, in_transaction


def test_a_server_that_is_away_changes_no_payment(sending: Settings, shop: Flask) -> None:
    session = pay_new_session()
    with nobody() as port:
        away = sending.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port})
        with create_app(away).app_context():
            carry_out()
            waiting = letter(session)
            assert (waiting.fate, waiting.tries, waiting.message) == (Fate.WAITING, 1, None)
            assert f"127.0.0.1:{port}: " in waiting.problem
    assert queries.find(session).state is State.COMPLETED


def test_what_is_put_off_is_sent_later_and_says_when(shop: Flask, mail_server: MailServer) -> None:
    mail_server.rcpt = ["451 4.7.1 Greylisted, try again later"]
    session = pay_new_session()
    carry_out()
    assert "451 4.7.1 Greylisted" in letter(session).problem
    assert carry_out() == 0
    time_passes(patience.FIRST_UNDELIVERED)
    carry_out()
    assert (letter(session).fate, letter(session).problem) == (Fate.DELIVERED, "")
    assert len(mail_server.taken) == 1


def test_what_is_put_off_after_the_last_dot_is_made_anew(shop: Flask, mail_server: MailServer) -> None:
    mail_server.data = ["451 4.3.0 Not now"]
    session = pay_new_session()
    carry_out()
    assert letter(session).message is None
    time_passes(60)
    carry_out()
    [mail] = mail_server.mails()
    assert mail["Date"] == "Sun, 22 Nov 2026 10:01:00 +0000"


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_what_is_refused_for_good_is_for_a_person_who_can_have_it_sent_again(
    shop: Flask, mail_server: MailServer, step: str
) -> None:
    setattr(mail_server, step, ["550 5.1.1 No such mailbox"])
    session = pay_new_session()
    carry_out()
    refused = letter(session)
    assert (refused.fate, refused.due_at) == (Fate.GIVEN_UP, None)
    assert "550 5.1.1 No such mailbox" in refused.problem
    assert effects.number_given_up() == 1
    assert effects.try_again(refused.id)
    carry_out()
    assert letter(session).fate is Fate.DELIVERED
    assert not effects.try_again(refused.id)


def test_one_receiver_that_is_refused_keeps_no_other_from_theirs(shop: Flask, mail_server: MailServer) -> None:
    sessions = {pay_new_session(shopper) for shopper in ("ada", "grace")}
    mail_server.rcpt = ["550 5.1.1 No such mailbox"]
    carry_out()
    assert sorted(letter(session).fate for session in sessions) == [Fate.DELIVERED, Fate.GIVEN_UP]
    assert len(mail_server.taken) == 1


def test_what_is_put_off_for_four_days_is_given_up(shop: Flask, mail_server: MailServer) -> None:
    mail_server.rcpt = ["451 Later"] * 2
    session = pay_new_session()
    carry_out()
    time_passes(patience.UNDELIVERED_FOR)
    carry_out()
    assert letter(session).fate is Fate.GIVEN_UP


def test_one_that_may_have_arrived_is_sent_again_to_the_letter(shop: Flask, mail_server: MailServer) -> None:
    mail_server.data = ["die"]
    session = pay_new_session()
    carry_out()
    assert letter(session).fate is Fate.WAITING
    time_passes(60)
    carry_out()
    first, second = mail_server.taken
    assert first == second
    assert letter(session).fate is Fate.DELIVERED


def test_one_that_may_have_arrived_is_not_sent_again_once_it_is_untrue(shop: Flask, mail_server: MailServer) -> None:
    mail_server.data = ["die"]
    session = pay_new_session()
    carry_out()
    make_refund(session)
    time_passes(60)
    carry_out()
    first, *_ = mail_server.mails()
    [second] = [mail for mail in mail_server.mails() if "returned" in mail["Subject"]]
    assert first["Message-ID"] != second["Message-ID"]
    assert "Paid" in first["Subject"]
    receipts = [each.fate for each in letters(session) if each.kind == EffectKind.RECEIPT]
    assert receipts == [Fate.SUPERSEDED, Fate.DELIVERED]


def test_one_that_may_have_arrived_stays_as_it_was_while_the_server_is_away(
    shop: Flask, mail_server: MailServer
) -> None:
    mail_server.data = ["die"]
    session = pay_new_session()
    carry_out()
    mail_server.rcpt = ["451 Later"]
    time_passes(60)
    carry_out()
    time_passes(120)
    carry_out()
    first, second = mail_server.taken
    assert first == second
    assert letter(session).fate is Fate.DELIVERED


def test_a_slow_server_holds_no_transaction_open(shop: Flask, mail_server: MailServer) -> None:
    pay_new_session()
    open_ones: list[bool] = []

    def deliver(*given: object) -> None:
        open_ones.append(in_transaction())
        smtp_deliver(*given)
        open_ones.append(in_transaction())

    smtp_deliver = smtp.deliver
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(smtp, "deliver", deliver)
        carry_out()
    assert open_ones == [False, False]
    assert len(mail_server.taken) == 1


@ON_SQLITE  # what is between the shop and a mail server is the same on either
@pytest.mark.parametrize("limit", ["WHOLE", "LAST_DOT"])
def test_a_server_that_hangs_is_left_after_a_while(
    shop: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    answer = Event()
    mail_server.before_answer = lambda: answer.wait(60)
    monkeypatch.setattr(smtp, limit, 3.0)
    session = pay_new_session()
    carry_out()
    answer.set()
    assert letter(session).fate is Fate.WAITING


def with_tls(sending: Settings, **settings: object) -> Flask:
    return create_app(sending.model_copy(update={"smtp_security": "starttls", **settings}))


@ON_SQLITE
def test_a_certificate_is_checked_and_nothing_is_said_to_a_stranger(
    sending: Settings, shop: Flask, mail_server: MailServer
) -> None:
    mail_server.has_tls = True
    session = pay_new_session()
    with with_tls(sending).app_context():
        carry_out()
        assert "certificate verify failed" in letter(session).problem
    assert mail_server.taken == []


@ON_SQLITE
@pytest.mark.parametrize("problem", ["none offered", "dropped"])
def test_without_encryption_nothing_is_sent_where_it_is_wanted(
    sending: Settings, shop: Flask, mail_server: MailServer, problem: str
) -> None:
    mail_server.has_tls = mail_server.drops_tls = problem == "dropped"
    session = pay_new_session()
    with with_tls(sending).app_context():
        carry_out()
        assert letter(session).fate is Fate.WAITING
    assert mail_server.taken == []


@ON_SQLITE
@pytest.mark.parametrize("password", [PASSWORD, "another"])
def test_it_is_logged_in_where_that_is_wanted(
    sending: Settings, shop: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    mail_server.has_tls = mail_server.wants_login = True
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.certificate))
    session = pay_new_session()
    with with_tls(sending, smtp_user=USER, smtp_password=password).app_context():
        carry_out()
        was_taken = password == PASSWORD
        assert letter(session).fate is (Fate.DELIVERED if was_taken else Fate.WAITING)
        assert len(mail_server.taken) == was_taken
        assert password not in letter(session).problem


def test_without_a_server_each_letter_is_kept_for_its_owner_alone(keeping_shop: Flask, tmp_path: Path) -> None:
    session = pay_new_session()
    carry_out()
    kept = letter(session)
    assert kept.fate is Fate.KEPT
    [file] = (tmp_path / "mail").iterdir()
    assert file.read_bytes() == kept.message
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"To: ada@example.org\r\n" in file.read_bytes()
