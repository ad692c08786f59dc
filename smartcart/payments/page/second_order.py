"""Whether paying a session may pay for the same things twice: asked of who ordered, on the payment page."""

from collections.abc import Collection, Sequence

from smartcart.database.session import db, writing
from smartcart.payments.core import second_orders
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.own_payments import OwnPayment
from smartcart.payments.core.refusals import OrderedBeside
from smartcart.payments.page import frame
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.shop import orders
from smartcart.web.shopper import current_shopper


def beside(session: SessionWithOrder) -> Sequence[OwnPayment]:
    """The reader's own payments because of which paying this session of theirs may be a slip."""
    if not session.order_id or session.owner != current_shopper() or not frame.may_have_ordered_before(session.id):
        return ()
    return second_orders.beside_session(session.id, session.owner)


def ask_first(session_id: str, agreed: Collection[str]) -> None:
    """Who has not `agreed` to pay beside each of those payments is asked; who has is not asked again.

    Raises OrderedBeside.
    """
    shopper = current_shopper()
    found = second_orders.beside_session(session_id, shopper) if shopper else ()
    if any(payment.id not in agreed for payment in found):
        raise OrderedBeside
    if found:
        _mean(session_id)


def _mean(session_id: str) -> None:
    with writing():
        order_id = db.session.get_one(PaymentSession, session_id).order_id
        if order_id:
            orders.mean_second(order_id)
