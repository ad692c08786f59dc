"""A shopper's own payments, as every page of the shop shows them: those that are open, and those just ended."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.payments.core.models import IS_OF_SHOP, IS_OPEN, PaymentSession
from smartcart.payments.core.session_facts import SessionFacts
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, OPEN, State
from smartcart.shop.models import OrderLine

# So long after its end a payment is shown, and what was typed at checkout is there again.
WAY_BACK = timedelta(days=1)
# More than these would be a list in the way of what the page is for.
MOST_SHOWN = 4


@dataclass(frozen=True)
class OwnPayment(SessionFacts):
    """Columns of a session that the shopper began here, by their names."""

    id: str
    order_reference: str
    amount: int
    currency: str
    state: State
    expires_at: datetime
    cancel_requested_at: datetime | None
    refund_due: bool
    refunded: int
    refund_pending: int
    refund_failed: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def in_the_dark(self) -> bool:
        """Whether nobody knows yet if its money was taken."""
        return self.state in IN_FLIGHT

    @property
    def may_be_enough(self) -> bool:
        """Whether who orders the same again may be paying for it twice."""
        return self.state in OPEN - AT_REST or self.state is State.COMPLETED

    @property
    def waits_for_shopper(self) -> bool:
        """Whether it goes on when the shopper does."""
        return self.state in AT_REST and not self.cancelling and not self.out_of_time

    @property
    def out_of_time(self) -> bool:
        return self.state in AT_REST and self.expired(clock.now())


def of_shopper() -> Select[Any]:
    """A shopper's own payments in these columns, the open ones first; a statement that is to be narrowed."""
    return (
        select(*(getattr(PaymentSession, field.name) for field in fields(OwnPayment)))
        .where(PaymentSession.owner == bindparam("shopper"), IS_OF_SHOP)
        .order_by(PaymentSession.ended_at.is_not(None), PaymentSession.created_at.desc())
    )


# Of every page, and made once; the index by owner answers it.
TO_SHOW = Prepared(
    of_shopper()
    .where(or_(IS_OPEN, PaymentSession.ended_at > bindparam("since")))
    .limit(bindparam("most", MOST_SHOWN, Integer))
)


def to_show(shopper: str) -> Foreseen[list[OwnPayment]]:
    """Those that are open, then those that ended within the last day, each the latest first."""
    return TO_SHOW.foresee(made, shopper=shopper, since=clock.now() - WAY_BACK)


def made(rows: Found) -> list[OwnPayment]:
    return [OwnPayment(*row) for row in rows]


def may_be_ordered_since(session: PaymentSession) -> bool:
    """Whether who ordered has a later payment, open or paid, for any of the things that this session was for."""
    later, wanted = aliased(PaymentSession), aliased(OrderLine)
    of_the_same = (
        select(later.id)
        .join(OrderLine, OrderLine.order_id == later.order_id)
        .join(wanted, and_(wanted.order_id == session.order_id, wanted.product_id == OrderLine.product_id))
        .where(later.owner == session.owner, later.merchant == "", later.created_at > session.created_at)
        .where(later.state.in_(OPEN | {State.COMPLETED}))
    )
    return bool(db.session.scalar(select(of_the_same.exists())))
