"""Before a letter of a payment is made the gateway is asked, so that it says what is so and not only what we know."""

from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select

from smartcart import clock
from smartcart.database.session import leave_transaction
from smartcart.database.statements import Prepared
from smartcart.outbox.worker import Undelivered
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import gateway_calls, reconciler
from smartcart.payments.refunds import calls as refunds
from smartcart.rules.payment_states import IN_FLIGHT, PAID, State

ACTOR = "letter"
# So fresh is an answer that need not be asked for again: as old as a letter may be at its last dot.
FRESH = timedelta(seconds=10)

UNDER_WAY = "the payment is under way, and nobody knows yet"
NO_WORD = "the gateway has not answered what became of the payment"


def ask_first(session_id: str) -> None:
    """Have the gateway asked how a session stands, where anything could have moved, and settle what it says.

    No transaction is open while it is asked, nor afterwards. Raises Undelivered while nobody knows.
    """
    session = _known(session_id)
    if _could_have_moved(session):
        if not _is_answered(session):
            raise Undelivered(NO_WORD)
        _known(session_id)


class _Session(NamedTuple):
    id: str
    state: State
    attempts: int
    ended_at: datetime | None


_STANDS = Prepared(
    select(PaymentSession.id, PaymentSession.state, PaymentSession.attempts, PaymentSession.ended_at).where(
        PaymentSession.id == bindparam("session_id")
    )
)


def _known(session_id: str) -> _Session:
    """As it is on record now. Raises Undelivered while a payment of it is under way."""
    leave_transaction()
    [row] = _STANDS.rows(session_id=session_id)
    session = _Session(*row)
    if session.state in IN_FLIGHT:
        raise Undelivered(UNDER_WAY)
    return session


def _could_have_moved(session: _Session) -> bool:
    """Not before it was tried; and what ended just now ended by the gateway's own answer."""
    return session.attempts > 0 and (session.ended_at is None or session.ended_at < clock.now() - FRESH)


def _is_answered(session: _Session) -> bool:
    ask = _ask_after_refunds if session.state in PAID else _ask_after_charge
    return _on_pool(lambda: ask(session.id))


def _ask_after_refunds(session_id: str) -> bool:
    return refunds.follow(session_id)


def _ask_after_charge(session_id: str) -> bool:
    outcome = gateway_calls.ask(session_id, ACTOR)
    return outcome is None or not (outcome.is_silence or outcome is gateway_calls.ELSEWHERE)


def _on_pool(ask: Callable[[], bool]) -> bool:
    """On a thread that the gateway's calls have, as far as one is free; False as long as there is no answer."""
    answers: list[bool] = []
    under_way = reconciler.on_pool(lambda: answers.append(ask()))
    if under_way is not None:
        try:
            under_way.result(timeout=runtime().lease)
        except NotYet:
            return False
    return answers == [True]
