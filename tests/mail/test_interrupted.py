"""Who was interrupted and has not come back is sent a link to go on: once, and not where there is no need."""

import re

import pytest

from smartcart.mail import asking, unpaid, unsubscribed
from smartcart.mail.sending import ENOUGH, WANTS_NONE
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import weather
from smartcart.payments.flow import gateway_calls
from smartcart.rules.letters import INTERRUPTED_UNSEEN, MOST_A_DAY
from smartcart.rules.outcomes import APPROVED, NOT_CHARGED, Outcome
from smartcart.rules.payment_states import State
from smartcart.rules.weather import Weather
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.mail.unpaid_sessions import check, fates, gateway, interrupt, only, reason, wait_until_due
from tests.payments.opened import (
    begin,
    end_unpaid,
    open_session,
    settle,
    state_of,
    time_passes,
    write_down,
)

pytestmark = pytest.mark.usefixtures("shop")


def test_who_was_interrupted_gets_a_link_after_two_minutes(mail_server: MailServer) -> None:
    session = interrupt()
    wait_until_due(INTERRUPTED_UNSEEN)
    mail = only(mail_server)
    assert re.fullmatch(r"Order SC-\d+: Nothing was taken", mail["Subject"])
    assert fates(session) == {EffectKind.INTERRUPTED: Fate.DELIVERED}
    for said in (text_of(mail), html_of(mail)):
        assert "Your last attempt took no money." in said
        assert "Your payment was interrupted" in said
        assert "1 × Teapot" in said
        assert "As of 22 Nov 2026, 10:02 UTC." in said
        assert re.search(r"https://shop\.example/resume/[\w-]{34}\b", said)


def test_its_link_stands_whole_on_a_line_of_its_own(mail_server: MailServer) -> None:
    interrupt()
    wait_until_due(INTERRUPTED_UNSEEN)
    assert re.search(rb"\r\nhttps://shop\.example/resume/[\w-]{34}\r\n", mail_server.taken[0])


def test_a_reminder_can_be_stopped_and_what_became_of_the_money_is_told_all_the_same(mail_server: MailServer) -> None:
    unsubscribed.stop(unsubscribed.hash_of("ada@example.org"))
    session = interrupt()
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert reason(session, EffectKind.INTERRUPTED) == WANTS_NONE
    end_unpaid(State.CANCELLED)
    gateway().instead["ask"] = NOT_CHARGED
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert "Cancelled. Nothing was taken" in only(mail_server)["Subject"]
    assert only(mail_server)["List-Unsubscribe"] is None


def test_an_address_has_three_reminders_a_day_whoever_typed_it(mail_server: MailServer) -> None:
    sessions = []
    for shopper in ("ada", "grace", "joan", "mary"):
        sessions.append(open_session(shopper, slug=shopper))
        gateway_calls.charge(write_down(sessions[-1], "sandbox_decline"))
    mail_server.rcpt = ["451 Later"]  # one is put off, and counts once
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    time_passes(60)
    carry_out()
    assert len(mail_server.taken) == MOST_A_DAY
    [left_out] = [each for session in sessions for each in letters(session) if each.fate is Fate.WITHDRAWN]
    assert left_out.problem == ENOUGH
    time_passes(86400)
    next_day = open_session("ruth", slug="ruth")
    gateway_calls.charge(write_down(next_day, "sandbox_decline"))
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert fates(next_day) == {EffectKind.INTERRUPTED: Fate.DELIVERED}


def test_it_names_nobody(mail_server: MailServer) -> None:
    interrupt()
    wait_until_due(INTERRUPTED_UNSEEN)
    assert "Ada" not in text_of(only(mail_server)) + html_of(only(mail_server))


def test_who_pays_meanwhile_is_not_asked_to(mail_server: MailServer) -> None:
    session = interrupt()
    gateway_calls.charge(write_down(session))
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert reason(session, EffectKind.INTERRUPTED) == "the order was paid"
    assert "Paid. Thank you!" in only(mail_server)["Subject"]


@pytest.mark.parametrize("kind", [EffectKind.INTERRUPTED, EffectKind.OUTCOME, EffectKind.NOTHING_TAKEN])
def test_who_pays_between_the_try_and_its_first_byte_is_not_asked_to(mail_server: MailServer, kind: EffectKind) -> None:
    if kind == EffectKind.INTERRUPTED:
        session = interrupt()
    elif kind == EffectKind.OUTCOME:
        session, attempt = check()
        settle(attempt, NOT_CHARGED)
    else:
        session, attempt = end_unpaid(State.CANCELLED)
    time_passes(INTERRUPTED_UNSEEN)
    gateway().instead["ask"] = APPROVED
    carry_out()
    assert state_of(session) is State.COMPLETED
    assert reason(session, kind) == "the order was paid"
    assert "Your money was taken once" in text_of(only(mail_server))


def test_who_presses_pay_between_the_try_and_its_first_byte_is_sent_nothing(mail_server: MailServer) -> None:
    session = interrupt()
    time_passes(INTERRUPTED_UNSEEN)

    def ask() -> Outcome:
        begin(session)
        return NOT_CHARGED

    gateway().instead["ask"] = ask
    carry_out()
    assert [each.problem for each in letters(session)] == [asking.UNDER_WAY]
    assert mail_server.taken == []


def test_while_another_attempt_is_under_way_nothing_is_sent(mail_server: MailServer) -> None:
    session = interrupt()
    time_passes(INTERRUPTED_UNSEEN)
    begin(session)
    carry_out()
    assert reason(session, EffectKind.INTERRUPTED) == "the shopper has tried again"
    assert mail_server.taken == []


def test_a_payment_that_is_tried_again_by_itself_is_waited_for(mail_server: MailServer) -> None:
    session = open_session()
    gateway_calls.charge(write_down(session, "sandbox_unreachable_once"))
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert [each.problem for each in letters(session)] == [unpaid.GOES_ON]
    assert mail_server.taken == []


def test_while_payments_do_not_work_nobody_is_asked_to_go_on(mail_server: MailServer) -> None:
    session = interrupt()
    weather.become(Weather.OUT)
    wait_until_due(INTERRUPTED_UNSEEN)
    carry_out()
    assert mail_server.mails() == []
    assert [each.problem for each in letters(session)] == [unpaid.OUT]
    weather.become(Weather.FAIR)
    time_passes(60)
    carry_out()
    assert "/resume/" in text_of(only(mail_server))


def test_an_interruption_is_written_about_once(mail_server: MailServer) -> None:
    session = interrupt()
    wait_until_due(INTERRUPTED_UNSEEN)
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert [each.problem for each in letters(session)] == ["", unpaid.WROTE_BEFORE]
    assert len(mail_server.taken) == 1


def test_who_has_ordered_again_is_not_asked_to_go_on(mail_server: MailServer) -> None:
    session = interrupt()
    open_session(slug="kettle")
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert reason(session, EffectKind.INTERRUPTED) == unpaid.ORDERED_SINCE
    assert mail_server.taken == []
