"""The drill reads letters as they were kept: in the books and in the folder alike."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.drill import mailbox
from smartcart.drill.letters import Mail, claims
from smartcart.outbox.models import Effect, Fate
from smartcart.rules import patience
from smartcart.rules.payment_states import Money
from tests.mail.carrying import carry_out, letter
from tests.payments.paying import pay_new_session


@pytest.fixture
def folder(app: Flask, settings: Settings) -> Path:
    pay_new_session()
    assert mailbox.waiting(db.engine) == mailbox.at_hand(db.engine, clock.now()) == 1
    carry_out()
    return settings.data / "mail"


def only_mail(folder: Path) -> Mail:
    [found] = mailbox.mails(db.engine, folder)
    return found


def test_a_letter_is_read_with_its_subject_its_text_and_its_html(folder: Path) -> None:
    mail = only_mail(folder)
    assert (mail.problem, len(mail.parts), claims(mail)) == ("", 3, {Money.TAKEN})
    assert mailbox.waiting(db.engine) == 0


def test_a_letter_whose_file_is_gone_or_another_is_not_read_for_it(folder: Path) -> None:
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b"once", b"twice"))
    assert only_mail(folder).problem == f"is not what is in {file.name}"
    file.unlink()
    assert only_mail(folder).problem == f"is not what is in {file.name}"


def test_a_letter_that_was_not_made_is_told_with_why(app: Flask) -> None:
    pay_new_session()
    assert only_mail(Path()).problem == "was not made"


def test_a_letter_that_there_was_no_need_of_is_none(app: Flask) -> None:
    session = pay_new_session()
    with writing():
        db.session.get_one(Effect, letter(session).id).fate = Fate.WITHDRAWN
    assert mailbox.mails(db.engine, Path()) == []


def test_a_letter_that_somebody_is_at_is_waited_for_and_one_that_was_put_off_is_not(app: Flask) -> None:
    due_at = letter(pay_new_session()).due_at
    assert due_at
    assert mailbox.at_hand(db.engine, due_at - timedelta(seconds=patience.CARRYING_OUT - 1)) == 1
    assert mailbox.at_hand(db.engine, due_at - timedelta(seconds=60)) == 0
