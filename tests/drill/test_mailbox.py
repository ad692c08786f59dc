"""The drill reads letters as they have come: what is in the outbox is held against the folder, or the mail server."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from smartcart import clock
from smartcart.config import Settings
from smartcart.database.session import db, writing
from smartcart.drill import mailbox
from smartcart.drill.letters import Mail, claims, say_nothing
from smartcart.drill.mailbox import LATE, Copy, Folder
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
    [found] = mailbox.mails(db.engine, Folder(folder))
    return found


def test_a_letter_is_read_with_its_subject_its_text_and_its_html(folder: Path) -> None:
    mail = only_mail(folder)
    assert (mail.problem, len(mail.parts), claims(mail)) == ("", 3, {Money.TAKEN})
    assert mailbox.waiting(db.engine) == 0


def test_a_letter_whose_file_is_gone_or_another_is_not_read_for_it(folder: Path) -> None:
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b"once", b"twice"))
    assert only_mail(folder).problem == "has come as another than is on record"
    file.unlink()
    assert only_mail(folder).problem == "is kept, and has not come"


def test_a_letter_that_was_not_made_is_told_with_why(app: Flask) -> None:
    pay_new_session()
    assert only_mail(Path()).problem == "was not made"


def test_a_letter_that_there_was_no_need_of_is_none(app: Flask) -> None:
    session = pay_new_session()
    with writing():
        db.session.get_one(Effect, letter(session).id).fate = Fate.WITHDRAWN
    assert mailbox.mails(db.engine, Folder(Path())) == []


def test_a_letter_that_somebody_is_at_is_waited_for_and_one_that_was_put_off_is_not(app: Flask) -> None:
    due_at = letter(pay_new_session()).due_at
    assert due_at
    assert mailbox.at_hand(db.engine, due_at - timedelta(seconds=patience.CARRYING_OUT - 1)) == 1
    assert mailbox.at_hand(db.engine, due_at - timedelta(seconds=60)) == 0


class AtTheServer:
    """What a mail server has of the one letter, at these moments."""

    fate = Fate.DELIVERED

    def __init__(self, name: str, message: bytes, *times: float) -> None:
        self._name, self._copies = name, [Copy(message, at) for at in times]

    def names(self) -> Sequence[str]:
        return [self._name] if self._copies else []

    def copies(self, name: str) -> Sequence[Copy]:
        return self._copies if name == self._name else []


def sent(folder: Path, fate: Fate = Fate.DELIVERED) -> tuple[str, bytes]:
    """The name of the letter, of which the outbox says this, and its bytes."""
    [file] = folder.iterdir()
    with writing():
        db.session.query(Effect).update({Effect.fate: fate})
    return file.stem, file.read_bytes()


def of_it(server: AtTheServer, *killed_at: float) -> list[tuple[str, set[Money]]]:
    return [(mail.problem, claims(mail)) for mail in mailbox.mails(db.engine, server, killed_at)]


def test_a_letter_that_was_delivered_is_to_have_come_once_to_the_letter(folder: Path) -> None:
    name, message = sent(folder)
    assert of_it(AtTheServer(name, message, 100.0)) == [("", {Money.TAKEN})]
    assert of_it(AtTheServer(name, message)) == [("is delivered, and has not come", set())]
    assert of_it(AtTheServer(name, message, 100.0, 101.0)) == [("has come twice", set())]
    other = message.replace(b"once", b"twice")
    assert of_it(AtTheServer(name, other, 100.0)) == [("has come as another than is on record", set())]


def test_one_comes_again_only_after_a_kill(folder: Path) -> None:
    name, message = sent(folder)
    twice = AtTheServer(name, message, 100.0, 130.0)
    assert of_it(twice, 101.0) == [("", {Money.TAKEN})]
    assert of_it(twice, 131.0, 99.0 - LATE) == [("has come twice", set())]
    assert of_it(AtTheServer(name, message, 100.0, 130.0, 140.0), 101.0) == [("has come twice", set())]


def test_one_that_was_only_kept_where_there_is_a_server_is_named(folder: Path) -> None:
    name, message = sent(folder, Fate.KEPT)
    assert of_it(AtTheServer(name, message)) == [("is kept, where it was to be delivered", set())]


@pytest.mark.parametrize("fate", [Fate.SUPERSEDED, Fate.WITHDRAWN])
def test_one_in_whose_place_is_another_is_judged_if_it_has_come(folder: Path, fate: Fate) -> None:
    name, message = sent(folder, fate)
    assert of_it(AtTheServer(name, message, 100.0)) == [("", {Money.TAKEN})]
    assert of_it(AtTheServer(name, message)) == []


def test_one_that_the_outbox_does_not_know_is_named(app: Flask) -> None:
    [strange] = mailbox.mails(db.engine, AtTheServer("7.20261129", b"Subject: Paid", 100.0))
    assert say_nothing([strange]) == ["session of nobody: the letter (7.20261129) has come, and is not in the outbox"]
