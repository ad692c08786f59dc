"""Who has not seen what became of their payment is written to: what is so at that moment, once, never to pay again."""

import re
from email.message import EmailMessage
from typing import cast

import pytest

from smartcart.mail import asking, unpaid, unsubscribed
from smartcart.mail.sending import ENOUGH, WANTS_NONE
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import letters as wanted_letters
from smartcart.payments.core import record, weather
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls
from smartcart.payments.page.seen import FOR_WHO_HAS_NOT, SEEN
from smartcart.rules.letters import INTERRUPTED_UNSEEN, MOST_A_DAY, UNSEEN
from smartcart.rules.outcomes import APPROVED, CRASHED, NOT_CHARGED, Outcome
from smartcart.rules.payment_states import Move, State
from smartcart.rules.weather import Weather
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import html_of, text_of
from tests.payments.opened import (
    DECLINED,
    begin,
    end_unpaid,
    fill_cart,
    open_again,
    open_for_merchant,
    open_session,
    order_of,
    settle,
    state_of,
    time_passes,
    write_down,
)
from tests.payments.scripted import DOWN, Scripted

pytestmark = pytest.mark.usefixtures("shop")


def gateway() -> Scripted:
    return cast(Scripted, runtime().gateway)


def interrupt() -> str:
    """A session whose only attempt so far was declined."""
    session = open_session()
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    assert state_of(session) is State.INTERRUPTED
    return session


def check() -> tuple[str, int]:
    """A session that is being checked, and its attempt."""
    session = open_session()
    attempt = begin(session)
    settle(attempt, CRASHED)
    assert state_of(session) is State.CHECKING
    return session, attempt


def only(mail_server: MailServer) -> EmailMessage:
    [mail] = mail_server.mails()
    return mail


def fates(session: str) -> dict[str, Fate]:
    return {each.kind: each.fate for each in letters(session)}


def reason(session: str, kind: EffectKind) -> str:
    [found] = [each for each in letters(session) if each.kind == kind]
    assert found.fate is Fate.WITHDRAWN
    return found.problem


def wait_until_due(seconds: float) -> None:
    """Nothing was due before."""
    time_passes(seconds - 1)
    assert carry_out() == 0
    time_passes(1)
    assert carry_out() == 1


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


@pytest.mark.parametrize("outcome", [NOT_CHARGED, DECLINED])
def test_what_was_checked_is_written_about_when_nobody_has_seen_it(mail_server: MailServer, outcome: Outcome) -> None:
    session, attempt = check()
    settle(attempt, outcome)
    gateway().instead["ask"] = NOT_CHARGED
    wait_until_due(UNSEEN)
    assert "now we know" in text_of(only(mail_server))
    assert "took no money" in text_of(only(mail_server))
    assert fates(session) == {EffectKind.OUTCOME: Fate.DELIVERED}


def test_who_asked_for_word_has_it_at_once(mail_server: MailServer) -> None:
    session, attempt = check()
    wanted_letters.want(session)
    settle(attempt, NOT_CHARGED)
    gateway().instead["ask"] = NOT_CHARGED
    assert carry_out() == 1
    assert "now we know" in text_of(only(mail_server))
    gateway_calls.charge(write_down(session, "sandbox_decline"))
    assert carry_out() == 0, "another attempt was not asked after"


def test_who_asked_for_word_and_has_paid_gets_the_receipt_alone(mail_server: MailServer) -> None:
    session, attempt = check()
    wanted_letters.want(session)
    settle(attempt, APPROVED)
    carry_out()
    assert "Paid. Thank you!" in only(mail_server)["Subject"]
    assert fates(session) == {EffectKind.RECEIPT: Fate.DELIVERED}


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED, State.FAILED])
def test_how_it_ended_without_money_is_said_with_a_way_to_order_again(mail_server: MailServer, state: State) -> None:
    session, _ = end_unpaid(state)
    gateway().instead["ask"] = NOT_CHARGED
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    mail = only(mail_server)
    assert fates(session)[EffectKind.NOTHING_TAKEN] is Fate.DELIVERED
    assert "othing was taken" in mail["Subject"]
    assert "went back into your cart" in text_of(mail)
    assert "/resume/" in text_of(mail)
    assert re.search(r"^https://shop\.example/orders/[\w-]{32}/statement\r?$", text_of(mail), re.MULTILINE)


def test_who_has_ordered_again_is_told_the_end_and_no_way_to_order(mail_server: MailServer) -> None:
    end_unpaid(State.CANCELLED)
    fill_cart()
    open_session(slug="kettle")
    gateway().instead["ask"] = NOT_CHARGED
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    said = text_of(only(mail_server))
    assert "This payment was cancelled and took no money." in said
    assert "/resume/" not in said
    assert "your cart" not in said


def test_who_has_paid_the_order_since_is_not_asked_to_whatever_the_clock_was(mail_server: MailServer) -> None:
    """The first payment began while the clock was two hours ahead, so by their times it is the newer one."""
    session, _ = end_unpaid(State.CANCELLED)
    time_passes(-7200)
    newer = open_again(order_of(session).id)
    gateway_calls.charge(write_down(newer))
    time_passes(7200 + UNSEEN)
    carry_out()
    assert reason(session, EffectKind.NOTHING_TAKEN) == unpaid.NEWER_PAYMENT
    assert "Paid. Thank you!" in only(mail_server)["Subject"]


def test_what_was_never_tried_is_not_written_about(mail_server: MailServer) -> None:
    session = open_session()
    record.end(session, Move.CANCEL, "shopper")
    time_passes(INTERRUPTED_UNSEEN)
    assert (carry_out(), letters(session)) == (0, [])


def test_a_merchant_s_customer_is_not_written_to() -> None:
    session = open_for_merchant()
    settle(begin(session), DECLINED)
    wanted_letters.want(session)
    time_passes(INTERRUPTED_UNSEEN)
    assert (carry_out(), letters(session)) == (0, [])


def test_money_that_came_late_is_said_to_have(mail_server: MailServer) -> None:
    session, attempt = end_unpaid(State.CANCELLED)
    settle(attempt, APPROVED)
    carry_out()
    assert fates(session)[EffectKind.LATE_MONEY] is Fate.DELIVERED
    assert EffectKind.RECEIPT not in fates(session)
    said = text_of(only(mail_server))
    assert "This payment had ended when the payment service told us of your money." in said
    assert "Your money was taken once" in said
    assert "/resume/" not in said


def test_while_the_gateway_gives_no_word_nobody_is_told_that_nothing_was_taken(mail_server: MailServer) -> None:
    session = interrupt()
    gateway().instead["ask"] = DOWN
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    assert [each.problem for each in letters(session)] == [asking.NO_WORD]
    assert mail_server.taken == []


def test_what_somebody_is_at_is_not_withdrawn(mail_server: MailServer) -> None:
    session = interrupt()
    time_passes(INTERRUPTED_UNSEEN)
    gateway().instead["ask"] = lambda: effects.withdraw(session, FOR_WHO_HAS_NOT, SEEN) or NOT_CHARGED
    carry_out()
    assert fates(session) == {EffectKind.INTERRUPTED: Fate.DELIVERED}
    assert only(mail_server)


def test_what_was_put_off_by_the_server_is_withdrawn_when_it_is_seen(mail_server: MailServer) -> None:
    session = interrupt()
    mail_server.rcpt = ["451 Later"]
    time_passes(INTERRUPTED_UNSEEN)
    carry_out()
    effects.withdraw(session, FOR_WHO_HAS_NOT, SEEN)
    assert reason(session, EffectKind.INTERRUPTED) == SEEN
    time_passes(INTERRUPTED_UNSEEN)
    assert carry_out() == 0
