"""What is not sold out but held: somebody is paying for it, and it comes back if they do not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, text

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.statements import Prepared
from smartcart.moments import format_end
from smartcart.payments.core.models import IS_OPEN, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules.payment_states import AT_REST
from smartcart.shop.models import IS_OPEN_ORDER, Order, OrderLine, Product


@dataclass(frozen=True)
class Reservation:
    """`own_session` is the reader's own that holds it, empty where others do; `until` when the first of them ends.

    Of a payment in flight nobody knows, and it is None.
    """

    own_session: str
    until: datetime | None

    @property
    def sentence(self) -> str:
        if self.own_session:
            return "You hold the last one."
        return f"Somebody is paying for the last one; look again {self._look_again}."

    @property
    def _look_again(self) -> str:
        if self.until is None or self.until <= clock.now():
            return "in a few minutes"
        settings = runtime().settings
        back_on_shelf = self.until + timedelta(seconds=settings.cleanup_interval)  # when the sweep has come by
        whole_minute = back_on_shelf.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return f"at {format_end(whole_minute, settings.time_zone, clock.now())}"


# Of the catalogue, and made once: from the few open orders to what none is left of.
HELD = Prepared(
    select(OrderLine.product_id, PaymentSession.id, PaymentSession.owner, PaymentSession.state)
    .add_columns(PaymentSession.expires_at)
    .join_from(Order, OrderLine, OrderLine.order_id == Order.id)
    .join(Product, Product.id == OrderLine.product_id)
    .join(PaymentSession, PaymentSession.order_id == Order.id)
    .where(IS_OPEN_ORDER, IS_OPEN, text("stock = 0"))
)


def of_those_gone(shopper: str) -> Foreseen[dict[int, Reservation]]:
    """What is not on the shelf any more and only held, by the id of the product; `shopper` is who reads it."""
    return HELD.foresee(partial(_held, shopper))


def _held(shopper: str, found: Found) -> dict[int, Reservation]:
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for product, *row in found:
        rows.setdefault(product, []).append(tuple(row))
    return {product: _hold(of_product, shopper) for product, of_product in rows.items()}


def _hold(rows: Collection[tuple[Any, ...]], shopper: str) -> Reservation:
    own = [session for session, owner, _, _ in rows if shopper and owner == shopper]
    ends = [expires_at for _, _, state, expires_at in rows if state in AT_REST]
    return Reservation(own[0] if own else "", min(ends, default=None))
