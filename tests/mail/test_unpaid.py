"""Who has not seen what became of their payment is written to: what is so at that moment, once, never to pay again."""

import re

import pytest

from smartcart.mail import asking, unpaid
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core import letters as wanted_letters
from smartcart.payments.core import record
from smartcart.payments.flow import gateway_calls
from smartcart.payments.page.seen import FOR_WHO_HAS_NOT, SEEN
from smartcart.rules.letters import INTERRUPTED_UNSEEN, UNSEEN
from smartcart.rules.outcomes import APPROVED, NOT_CHARGED, Outcome
from smartcart.rules.payment_states import Move, State
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.mail.test_receipt import text_of
from tests.mail.unpaid_sessions import check, fates, gateway, interrupt, only, reason, wait_until_due
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
    time_passes,
    write_down,
)
from tests.payments.scripted import DOWN

pytestmark = pytest.mark.usefixtures("shop")


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
