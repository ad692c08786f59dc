"""Orders as pages show them: columns, not entities, which take several times as long and change nothing here."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select

from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.statements import Prepared
from smartcart.shop.models import Order, OrderLine, OrderStatus, Product


class ShownOrder(NamedTuple):
    """Columns of an order, by their names."""

    id: int
    number: str
    token: str
    name: str
    email: str
    amount: int
    currency: str
    status: OrderStatus
    placed_at: datetime
    paid_at: datetime | None
    refunded: int
    shipping: int


class ShownLine(NamedTuple):
    """Columns of a line, as it was ordered, and the picture that its product has now."""

    quantity: int
    name: str
    price: int
    tax_rate: int
    picture: str

    @property
    def total(self) -> int:
        """Minor units."""
        return self.price * self.quantity


BY_TOKEN = Prepared(
    select(*(getattr(Order, name) for name in ShownOrder._fields)).where(Order.token == bindparam("of"))
)
LINES = (
    select(OrderLine.quantity, OrderLine.name, OrderLine.price, OrderLine.tax_rate, Product.picture)
    .join(OrderLine.product)
    .order_by(OrderLine.id)
)
LINES_BY_TOKEN = Prepared(
    LINES.where(OrderLine.order_id == select(Order.id).where(Order.token == bindparam("of")).scalar_subquery())
)


def find(token: str) -> ShownOrder | None:
    """The order whose page this token opens, if there is one."""
    rows = BY_TOKEN.rows(of=token)
    return ShownOrder(*rows[0]) if rows else None


def lines_of(token: str) -> Foreseen[list[ShownLine]]:
    """What was ordered, in the order of the cart, in one question however many lines there are."""
    return LINES_BY_TOKEN.foresee(as_shown, of=token)


def as_shown(rows: Found) -> list[ShownLine]:
    return [ShownLine(*row) for row in rows]
