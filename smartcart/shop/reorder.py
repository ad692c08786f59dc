"""Ordering the same again: what there is of an order's things today, and at which prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, select

from smartcart.database.statements import Prepared
from smartcart.shop import cart, deliveries, shipping
from smartcart.shop.cart import Cart
from smartcart.shop.catalogue import COLUMNS, ShownProduct
from smartcart.shop.models import Order, OrderLine
from smartcart.shop.orders import Destination


class Line(NamedTuple):
    """So many of a product, as it is now; `name` and `price` are those of then, in minor units."""

    quantity: int
    name: str
    price: int
    product: ShownProduct

    @property
    def now(self) -> int:
        """What it comes to today, in minor units."""
        return self.product.price * self.quantity

    @property
    def then(self) -> int:
        return self.price * self.quantity


@dataclass(frozen=True)
class Offer:
    """The `lines` that can be ordered again whole, as a `cart`; and the others by what is in the way of each.

    What is sent goes `to` where the order went, for what that costs today, which is in the cart's sum.
    """

    lines: Sequence[Line]
    cart: Cart
    left_out: Sequence[str]
    to: Destination | None


LINES = Prepared(
    select(OrderLine.quantity, OrderLine.name, OrderLine.price, *COLUMNS)
    .join(OrderLine.product)
    .where(OrderLine.order_id == bindparam("of_order"))
    .order_by(OrderLine.id)
)


def offer(order: Order) -> Offer:
    """What there is of an order's things now. Nobody holds them before they are ordered."""
    lines = [
        Line(quantity, name, price, ShownProduct(*product))
        for quantity, name, price, *product in LINES.rows(of_order=order.id)
    ]
    to = _destination(order) if any(line.product.is_sent for line in lines) else None
    reasons = {line: _in_the_way(line, order.currency) or _not_sent(line, to) for line in lines}
    there = [line for line in lines if not reasons[line]]
    wanted = Cart([cart.Line(order.shopper, line.quantity, line.product) for line in there])
    if to and to.price and wanted.is_sent:
        wanted = Cart(wanted.lines, to.price)
    return Offer(there, wanted, [reason for reason in reasons.values() if reason], to)


def _destination(order: Order) -> Destination | None:
    """Where the order went, and what it costs to send something there now; None where it went nowhere."""
    address = deliveries.address_of(order.id)
    return Destination(address, shipping.prices(order.currency).get(address.country)) if address else None


def _not_sent(line: Line, to: Destination | None) -> str:
    """Whether it is to be sent, and cannot be: the order has no address, or the shop sends nothing there any more."""
    can_be = not line.product.is_sent or (to is not None and to.price is not None)
    return "" if can_be else f"{line.name} cannot be sent to where the order went. Please order it in the shop."


def _in_the_way(line: Line, currency: str) -> str:
    """Why a line cannot be ordered again as it was; empty if it can."""
    if not line.product.on_sale:
        return f"{line.name} is no longer on sale."
    if line.product.currency != currency:
        return f"{line.name} is sold in another currency now."
    if line.product.stock <= 0:
        return f"{line.name} is sold out."
    if line.product.stock < line.quantity:
        return f"{line.name}: only {line.product.stock} of {line.quantity} are left."
    return ""
