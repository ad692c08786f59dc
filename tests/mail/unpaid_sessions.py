"""Payments that end, or are left, without money, and the letters about them."""

from email.message import EmailMessage
from typing import cast

from smartcart.outbox.models import EffectKind, Fate
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls
from smartcart.rules.outcomes import CRASHED
from smartcart.rules.payment_states import State
from tests.mail.carrying import carry_out, letters
from tests.mail.mail_server import MailServer
from tests.payments.opened import (
    begin,
    open_session,
    settle,
    state_of,
    time_passes,
    write_down,
)
from tests.payments.scripted import Scripted


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
