"""A session as the whole payment page shows it, with its order, in one question: columns, and no entity."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import bindparam, select

from smartcart import clock
from smartcart.database.foreseen import Foreseen
from smartcart.database.session import leave_transaction
from smartcart.database.statements import Prepared
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.refusals import NotFound
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk, reconciler
from smartcart.payments.page.snapshot import Snapshot
from smartcart.shop import shown_orders
from smartcart.shop.models import Order, OrderLine
from smartcart.shop.shown_orders import ShownLine


@dataclass(slots=True)
class SessionWithOrder(Snapshot):
    """What more the page shows: columns of the session's, and `order_name` and `order_shipping` of its order's."""

    order_id: int | None
    description: str
    pay_url: str
    method: str
    customer: str
    order_name: str | None
    order_shipping: int | None


_OF_ORDER: dict[str, Any] = {
    "order_token": Order.token,
    "order_name": Order.name,
    "order_email": Order.email,
    "order_shipping": Order.shipping,
}
_WANTED = [field.name for field in fields(SessionWithOrder)]
_SESSION = Prepared(
    select(*(_OF_ORDER[name] if name in _OF_ORDER else getattr(PaymentSession, name) for name in _WANTED))
    .outerjoin(Order, Order.id == PaymentSession.order_id)
    .where(PaymentSession.id == bindparam("session_id"))
)
LINES = Prepared(
    shown_orders.LINES.where(
        OrderLine.order_id
        == select(PaymentSession.order_id).where(PaymentSession.id == bindparam("session_id")).scalar_subquery()
    )
)


def lines_of(session_id: str) -> Foreseen[list[ShownLine]]:
    """What was ordered, if the session is for an order of the shop's."""
    return LINES.foresee(shown_orders.as_shown, session_id=session_id)


def read(session_id: str) -> SessionWithOrder:
    """The session as it is now; if nobody looks after it, somebody does from now on. Raises NotFound."""
    session = find(session_id)
    if not session.needs_a_look(clock.now(), runtime().settings.reconcile_interval):
        return session
    reconciler.attend_overlooked(desk.read(session_id))
    return find(session_id)


def find(session_id: str) -> SessionWithOrder:
    """A session as it is on record now. Raises NotFound."""
    leave_transaction()  # it would show an older truth
    rows = _SESSION.rows(session_id=session_id)
    if not rows:
        raise NotFound
    return SessionWithOrder(*rows[0])
