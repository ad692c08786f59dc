"""What of payments the owner is told, in the transaction in which it happens."""

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.money.format import format_money
from smartcart.outbox import owner_notices
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.owner_letters import SUBJECTS, Subject
from smartcart.rules.verdicts import Verdict


def of_person(session_id: str, why: str) -> None:
    """A payment needs a person."""
    _tell(Subject.NEEDS_PERSON, session_id, why)


def of_hold(session_id: str, what: str) -> None:
    """A sum is set aside, and waits for the owner."""
    _tell(Subject.HELD, session_id, what)


def of_finding(verdict: Verdict, session_id: str, why: str, amount: int, currency: str) -> None:
    """Something about money was found, or found again; the session may be none of ours."""
    if about := SUBJECTS[verdict]:
        _tell(about, session_id, f"{verdict.replace('_', ' ')}: {why}", format_money(amount, currency))


def of_refund_alone(why: str) -> None:
    """A charge that no payment of ours stands for could not be given back."""
    owner_notices.write(Subject.REFUND, why, owner_notices.INBOX)


def _tell(about: Subject, session_id: str, why: str, sum_without_order: str = "") -> None:
    if not owner_notices.are_wanted():
        return
    columns = PaymentSession.order_reference, PaymentSession.amount, PaymentSession.currency
    found = db.session.execute(select(*columns).where(PaymentSession.id == session_id)).first()
    if found is None:
        owner_notices.write(about, f"{sum_without_order}, {why}", owner_notices.INBOX)
    else:
        order, amount, currency = found
        path = f"{owner_notices.OVERVIEW}/sessions/{session_id}"
        owner_notices.write(about, f"order {order}, {format_money(amount, currency)}: {why}", path)
