"""Letters of every kind that there is, about payments in every state that can be written about.

They are asked for as if it were time: a kind that has nothing to say of a payment writes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from smartcart.database.session import writing
from smartcart.gateways.books import RefundAnswer
from smartcart.mail.sending import LETTERS
from smartcart.outbox import effects, owner_notices
from smartcart.outbox.models import Effect, EffectKind, Receiver
from smartcart.payments.core import record
from smartcart.payments.flow import gateway_calls
from smartcart.payments.fulfilment import parcels
from smartcart.payments.refunds import letters as letters_on_refunds
from smartcart.rules.owner_letters import NAMED, Subject
from smartcart.rules.payment_states import Move, State
from tests.mail.carrying import carry_out, letters
from tests.payments.opened import end_unpaid, make_refund, open_session, time_passes, write_down
from tests.payments.paying import pay_new_session, set_aside
from tests.payments.sending import pay_to_be_sent
from tests.support.shopper import product

TRACKING_LINK = "https://post.example/1"


def _after(method: str) -> Callable[[], str]:
    def pay() -> str:
        session = open_session()
        gateway_calls.charge(write_down(session, method))
        return session

    return pay


def _cancelled_untried() -> str:
    session = open_session()
    record.end(session, Move.CANCEL, "shopper")
    return session


def _with_refund(answer: RefundAnswer) -> Callable[[], str]:
    def pay_and_refund() -> str:
        session = pay_new_session()
        make_refund(session, answer)
        time_passes(letters_on_refunds.UNLESS_MADE_WITHIN.total_seconds())
        return session

    return pay_and_refund


def _sent() -> str:
    session = pay_to_be_sent()
    parcels.pack(session)
    parcels.send(session, "the post", TRACKING_LINK)
    return session


def _tell_owner() -> str:
    with writing():
        for about in Subject:
            for number in range(NAMED + 1):
                owner_notices.write(about, f"what happened, number {number}", owner_notices.INBOX)
    owner_notices.gather("daily", ZoneInfo("UTC"))
    time_passes(timedelta(days=1).total_seconds())
    owner_notices.gather("daily", ZoneInfo("UTC"))
    return owner_notices.OWNER


SCENES: Mapping[str, Callable[[], str]] = {
    "created": open_session,
    "interrupted": _after("sandbox_decline"),
    "checking": _after("sandbox_timeout"),
    "authorized": lambda: set_aside(open_session()),
    "completed": pay_new_session,
    "failed": lambda: end_unpaid(State.FAILED)[0],
    "expired": lambda: end_unpaid(State.EXPIRED)[0],
    "cancelled": lambda: end_unpaid(State.CANCELLED)[0],
    "cancelled untried": _cancelled_untried,
    **{f"refund {answer}": _with_refund(answer) for answer in RefundAnswer},
    "sent": _sent,
    "the owner's": _tell_owner,
}


def write_every_letter() -> dict[tuple[str, str], bytes]:
    """The mails, by their kind and by what they are about. No mail server is set."""
    product(stock=10 * len(SCENES))
    written = {
        (effect.kind, scene): effect.message
        for scene, bring_about in SCENES.items()
        for effect in _written_about(bring_about())
        if effect.message
    }
    assert {kind for kind, _ in written} == set(LETTERS), "of a kind there is no letter about any of these payments"
    return written


def _written_about(session: str) -> list[Effect]:
    kinds = set() if session == owner_notices.OWNER else set(LETTERS) - {EffectKind.OWNER}  # the owner's are written
    carry_out()  # those on refunds are written by themselves
    for kind in sorted(kinds):
        # One at a time: several at once find no thread to ask the gateway by, and come again later.
        with writing():
            effects.write(EffectKind(kind), session, Receiver.MAIL)
        carry_out()
    return letters(session)
