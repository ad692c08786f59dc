"""What the end of a payment session means for its order, in the same transaction."""

from sqlalchemy import bindparam, exists, select

from smartcart import clock
from smartcart.db import db, queue_for
from smartcart.payments.models import PaymentSession
from smartcart.rules.payment_states import ENDED_UNPAID, State
from smartcart.shop import orders

# Made once, as every payment asks it.
PAID_BEFORE = select(
    exists().where(
        PaymentSession.id != bindparam("session_id"),
        PaymentSession.merchant == bindparam("of_merchant"),
        PaymentSession.order_reference == bindparam("of_order"),
        PaymentSession.state == State.COMPLETED,
        PaymentSession.refund_due.is_(False),
    )
)


def of_ending(session: PaymentSession) -> bool:
    """Carry out what a session's end means. False when money was taken for what cannot be fulfilled any more."""
    if session.state is State.COMPLETED:
        return _fulfil(session)
    if session.order_id and session.state in ENDED_UNPAID:
        orders.give_up([session.order_id])
    if session.order and session.state is State.REFUNDED and not session.refund_due:
        orders.refund(session.order)
    return True


def _fulfil(session: PaymentSession) -> bool:
    """An order is fulfilled once: by stock held or taken again, and for the first session that is paid."""
    if session.order:
        return orders.pay(session.order, clock.now())
    return not paid_before(session)


def paid_before(session: PaymentSession) -> bool:
    """Whether another session of the same merchant's order is paid; it stays so until the end of the transaction."""
    queue_for("order of a merchant", session.merchant, session.order_reference)
    this = {"session_id": session.id, "of_merchant": session.merchant, "of_order": session.order_reference}
    return bool(db.session.connection().scalar(PAID_BEFORE, this))
