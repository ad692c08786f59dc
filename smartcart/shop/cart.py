"""A shopper's cart: kept in the database, so that it survives restarts and comes back when an order ends unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from smartcart.db import db
from smartcart.rules.money import LARGEST_AMOUNT
from smartcart.shop.models import CartLine, Order, Product

# More of one thing than any shelf here holds; it keeps slips of the finger and sums out of range away.
MOST_OF_ONE = 99


class CartRefused(Exception):
    """Something that cannot be put into this cart; the message is for the shopper."""


@dataclass(frozen=True)
class Cart:
    """The lines of a cart and their sum in minor units of their one currency."""

    lines: Sequence[CartLine]

    @property
    def total(self) -> int:
        return sum(line.product.price * line.quantity for line in self.lines)

    @property
    def currency(self) -> str:
        return self.lines[0].product.currency if self.lines else ""

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)


def cart_of(shopper: str) -> Cart:
    """What lies in a shopper's cart, in the order of the catalogue."""
    lines = db.session.scalars(
        select(CartLine)
        .join(CartLine.product)
        .options(contains_eager(CartLine.product))
        .where(CartLine.shopper == shopper)
        .order_by(Product.id)
    )
    return Cart(lines.all())


def put(shopper: str, product: Product, quantity: int) -> None:
    """Set how many of a product lie in the cart; 0 takes it out. Raises CartRefused."""
    if quantity > 0:
        _refuse(cart_of(shopper), product, quantity)
    line = db.session.get(CartLine, (shopper, product.id))
    if quantity <= 0:
        if line:
            db.session.delete(line)
    elif line:
        line.quantity = quantity
    else:
        db.session.add(CartLine(shopper=shopper, product=product, quantity=quantity))
    db.session.flush()


def add(shopper: str, product: Product, quantity: int) -> None:
    """Put more of a product into the cart. Raises CartRefused."""
    line = db.session.get(CartLine, (shopper, product.id))
    put(shopper, product, quantity + (line.quantity if line else 0))


def empty(shopper: str) -> None:
    """Take everything out."""
    db.session.execute(delete(CartLine).where(CartLine.shopper == shopper))


def bring_back(order: Order) -> None:
    """Put an unpaid order's lines into its shopper's cart again, beside what lies there now."""
    for line in order.lines:
        try:
            put(order.shopper, line.product, max(line.quantity, _quantity(order.shopper, line.product_id)))
        except CartRefused:
            continue  # taken off sale meanwhile, or the new cart is in another currency: nothing to bring back


def _quantity(shopper: str, product_id: int) -> int:
    line = db.session.get(CartLine, (shopper, product_id))
    return line.quantity if line else 0


def _refuse(cart: Cart, product: Product, quantity: int) -> None:
    if not product.on_sale:
        raise CartRefused(f"{product.name} is no longer on sale.")
    if quantity > MOST_OF_ONE:
        raise CartRefused(f"At most {MOST_OF_ONE} of {product.name} fit into one order.")
    if quantity > product.stock:
        left = f"Only {product.stock} of {product.name} are left."
        raise CartRefused(left if product.stock else f"{product.name} is sold out.")
    if cart.lines and cart.currency != product.currency:
        raise CartRefused(f"Everything in one order is paid in one currency; this cart is in {cart.currency}.")
    others = sum(line.product.price * line.quantity for line in cart.lines if line.product_id != product.id)
    if others + product.price * quantity > LARGEST_AMOUNT:
        raise CartRefused("This order would be larger than can be paid at once.")
