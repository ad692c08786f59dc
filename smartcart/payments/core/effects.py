"""What the end of a payment session means for its order, in the same transaction."""

from sqlalchemy import bindparam, exists, select

from smartcart import clock
from smartcart.database.queues import queue_before_next
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.payments.core import audit_trail, findings
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.models import IS_PAID, EventKind, PaymentSession
from smartcart.payments.core.refund_model import refund_of
from smartcart.rules.payment_states import ENDED_UNPAID, State
from smartcart.rules.verdicts import Verdict
from smartcart.shop import orders

UNFULFILLABLE = "the order cannot be fulfilled any more"
LAPSED = "set aside here, and the gateway says that it is not any more"

PAID_BEFORE = Prepared(
    select(
        exists().where(
            PaymentSession.id != bindparam("session_id"),
            PaymentSession.merchant == bindparam("of_merchant"),
            PaymentSession.order_reference == bindparam("of_order"),
            IS_PAID,
            PaymentSession.refund_due.is_(False),
        )
    )
)


def of_ending(session: LockedSession, before: State, actor: str) -> None:
    """Carry out what a session's end means; `before` is where it stood."""
    if session.state is State.COMPLETED and before is not State.REFUNDED:  # what was refunded was fulfilled before
        if before in ENDED_UNPAID:
            findings.note(Verdict.LATE_MONEY, session, f"paid after it was {before}")
        if not _fulfil(session):
            _return_all(session, actor)
    if session.released_at and session.state in ENDED_UNPAID and session.cancel_requested_at is None:
        findings.note(Verdict.HELD_NOT_THERE, session, LAPSED)
    if session.order_id and session.state in ENDED_UNPAID:
        orders.give_up([session.order_id])


def of_refund(session: LockedSession, amount: int, actor: str) -> None:
    """What its order is told of money that was given back, or that came back when `amount` is less than nothing.

    Of money that paid no order, none is.
    """
    if amount > 0:
        findings.settle_of(Verdict.REFUND_WANTED, session.id, actor, "given back")
    if session.refunded == session.amount:
        findings.settle_of(Verdict.FRAUD_WARNING, session.id, actor, "given back")
        findings.settle_of(Verdict.DOUBLED, session.id, actor, "given back")
    if session.order_id and not session.refund_due:
        orders.refund(session.order_id, amount)


def _fulfil(session: LockedSession) -> bool:
    """An order is fulfilled once: by stock held or taken again, and for the first session that is paid."""
    if session.order_id:
        return orders.pay(session.order_id, clock.now())
    return not paid_before(session)


def _return_all(session: LockedSession, actor: str) -> None:
    """Money was taken for what cannot be fulfilled any more: write down that it is to go back, all of it."""
    session.refund_due, session.refund_pending = True, session.amount
    audit_trail.add(session.id, EventKind.REFUND_DUE, actor, UNFULFILLABLE)
    db.session.add(refund_of(session, session.amount, UNFULFILLABLE, actor, due_at=clock.now()))


def paid_before(session: LockedSession) -> bool:
    """Whether another session of the same merchant's order is paid; it stays so until the end of the transaction."""
    queue_before_next("order of a merchant", session.merchant, session.order_reference)
    ((is_paid,),) = PAID_BEFORE.rows(
        session_id=session.id, of_merchant=session.merchant, of_order=session.order_reference
    )
    return bool(is_paid)
