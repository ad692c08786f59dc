"""The gateway is asked before a letter is made, where anything could have moved since it last said so."""

from typing import cast

import pytest
from flask import Flask

from smartcart.mail import asking
from smartcart.outbox.models import Fate
from smartcart.outbox.worker import Undelivered
from smartcart.payments.core import queries
from smartcart.payments.core.runtime import runtime
from smartcart.rules import patience
from smartcart.rules.outcomes import APPROVED, GATEWAY_ERROR
from smartcart.rules.payment_states import State
from tests.mail.carrying import carry_out, letter
from tests.mail.mail_server import MailServer
from tests.payments.opened import DECLINED, begin, open_session, settle, state_of, time_passes
from tests.payments.paying import pay_new_session
from tests.payments.scripted import DOWN, Scripted
from tests.support.databases import in_transaction

pytestmark = pytest.mark.usefixtures("shop")


def gateway() -> Scripted:
    return cast(Scripted, runtime().gateway)


def test_what_the_gateway_said_just_now_is_not_asked_for_again(mail_server: MailServer) -> None:
    session = pay_new_session()
    gateway().asked.clear()
    carry_out()
    assert (letter(session).fate, gateway().asked) == (Fate.DELIVERED, [])


def test_a_letter_that_comes_late_says_what_the_gateway_says_now(mail_server: MailServer) -> None:
    mail_server.rcpt = ["451 Later"]
    session = pay_new_session()
    carry_out()
    handle = queries.find(session).handle()
    gateway().refund(handle, 4200, "given back by hand")
    time_passes(patience.FIRST_UNDELIVERED)
    carry_out()
    subjects = [mail["Subject"].partition(": ")[2] for mail in mail_server.mails()]
    assert sorted(subjects) == ["Your money was returned", "€42.00 was given back"]  # the receipt, and of the refund
    assert state_of(session) is State.REFUNDED


def test_while_the_gateway_gives_no_word_nothing_is_sent(mail_server: MailServer) -> None:
    session = pay_new_session()
    time_passes(60)
    gateway().instead["balance"] = DOWN
    carry_out()
    assert (letter(session).problem, mail_server.taken) == (asking.NO_WORD, [])
    del gateway().instead["balance"]
    time_passes(60)
    carry_out()
    assert letter(session).fate is Fate.DELIVERED


def test_while_a_payment_is_under_way_the_gateway_is_left_alone() -> None:
    session = open_session()
    begin(session)
    with pytest.raises(Undelivered, match=asking.UNDER_WAY):
        asking.ask_first(session)
    assert gateway().asked == []
    assert not in_transaction()


def test_before_anything_was_tried_there_is_nobody_to_ask() -> None:
    asking.ask_first(open_session())
    assert gateway().asked == []
    assert not in_transaction()


def test_money_that_moved_meanwhile_is_on_record_when_it_was_asked(shop: Flask) -> None:
    session = open_session()
    settle(begin(session, "sandbox_decline"), DECLINED)
    gateway().instead["ask"] = GATEWAY_ERROR
    with pytest.raises(Undelivered, match=asking.NO_WORD):
        asking.ask_first(session)
    gateway().instead["ask"] = APPROVED
    asking.ask_first(session)
    assert not in_transaction()
    assert state_of(session) is State.COMPLETED
