"""The record's way of writing down in whose books at the gateway a session is, and that nobody there can be asked."""

from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, update

from smartcart import clock
from smartcart.database.session import writing
from smartcart.database.statements import Prepared
from smartcart.payments.core import audit_trail
from smartcart.payments.core.audit_trail import Particulars
from smartcart.payments.core.locked_session import lock
from smartcart.payments.core.models import EventKind, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules import patience

SESSIONS = cast(Table, PaymentSession.__table__)
KEEP_REFERENCE = Prepared(
    update(SESSIONS).where(SESSIONS.c.id == bindparam("session_id"), SESSIONS.c.reference.is_(None))
)


def store_reference(session_id: str, reference: str) -> None:
    """Remember the gateway's reference before it is charged, and whose it is. One that is there already stays."""
    with writing():
        KEEP_REFERENCE.change(session_id=session_id, reference=reference, account=runtime().gateway.account)


def bind(session_id: str) -> None:
    """The reference of a session was found in the books that the shop works with: from now on it belongs there."""
    with lock(session_id, is_news=False) as session:
        session.account = session.account or runtime().gateway.account


def wait_elsewhere(session_id: str, actor: str, is_in_turn: bool) -> None:
    """Nobody can be asked about a session that belongs to another account than the shop works with: come back later.

    A person is told of it, once. When the reconciler comes is for its own visits to say, those `is_in_turn`.
    """
    with lock(session_id, is_news=False) as session:
        if not session.owes_an_answer(clock.now()):
            return
        now = clock.now()
        if is_in_turn or session.due_at is None:
            session.due_at = now + timedelta(seconds=patience.LOOK_ELSEWHERE)
        if session.needs_person_at is None:
            session.needs_person_at = now
            where = f"it was begun with {session.account or session.gateway}, which the shop does not work with now"
            audit_trail.add(
                session.id, EventKind.NEEDS_PERSON, actor, Particulars(session.attempts or None, detail=where)
            )
