"""A shopper's cart: kept in the database, so that it survives restarts and comes back when an order ends unpaid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.forgetting import forget
from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.rules.money import largest
from smartcart.shop.catalogue import COLUMNS, AnyProduct, ShownProduct
from smartcart.shop.models import CartLine, OrderLine, Product

# More of one thing than any shelf here holds; it keeps slips of the finger and sums out of range away.
MOST_OF_ONE = 99


class CartRefused(Exception):
    """Something that cannot be put into this cart; the message is for the shopper."""


class Line(NamedTuple):
    """So many of a product, as it is now, in a shopper's cart."""

    shopper: str
    quantity: int
    product: AnyProduct

    @property
    def product_id(self) -> int:
        return self.product.id


@dataclass(frozen=True)
class Cart:
    """The lines of a cart and their sum in minor units of their one currency.

    The sum includes `shipping`, which is known once it is known where to.
    """

    lines: Sequence[Line]
    shipping: int = 0

    def quantity_of(self, product_id: int) -> int:
        return sum(line.quantity for line in self.lines if line.product_id == product_id)

    @property
    def total(self) -> int:
        return sum(line.product.price * line.quantity for line in self.lines) + self.shipping

    @property
    def is_sent(self) -> bool:
        """Whether anything in it needs an address to go to."""
        return any(line.product.is_sent for line in self.lines)

    @property
    def currency(self) -> str:
        return self.lines[0].product.currency if self.lines else ""

    @property
    def sum(self) -> str:
        """What it comes to, as the checkout page sends back what it has shown: 4200 EUR."""
        return f"{self.total} {self.currency}"


# Of every page, and made once.
COUNT = Prepared(select(func.sum(CartLine.quantity)).where(CartLine.shopper == bindparam("shopper")))
LINES = select(CartLine.shopper, CartLine.quantity, *COLUMNS).join(CartLine.product).order_by(Product.id)
LINES_OF_ONE = Prepared(LINES.where(CartLine.shopper == bindparam("of")))
TAKE_OUT = Prepared(
    delete(CartLine).where(CartLine.shopper == bindparam("of"), CartLine.product_id == bindparam("wanted"))
)


def count_of(shopper: str) -> Foreseen[int]:
    """How many things lie in a shopper's cart."""
    return COUNT.foresee(_counted, shopper=shopper)


def _counted(rows: Found) -> int:
    ((count,),) = rows
    return int(count or 0)


def cart_of(shopper: str) -> Cart:
    """What lies in a shopper's cart, in the order of the catalogue."""
    return Cart([_line(row) for row in LINES_OF_ONE.rows(of=shopper)])


def carts_of(shoppers: Collection[str]) -> dict[str, Cart]:
    """The same for each shopper, in the transaction that is open."""
    lines: dict[str, list[Line]] = {shopper: [] for shopper in shoppers}
    for row in execute(LINES.where(CartLine.shopper.in_(shoppers))):
        lines[row.shopper].append(_line(row))
    return {shopper: Cart(lines[shopper]) for shopper in shoppers}


def _line(row: Sequence[Any]) -> Line:
    shopper, quantity, *product = row
    return Line(shopper, quantity, ShownProduct(*product))


def queue_for_cart_of(shopper: str) -> Cart:
    """What lies in a shopper's cart once it is this transaction's turn to change it: a double click takes two turns."""
    queue_for("cart", shopper)
    return cart_of(shopper)


def put(shopper: str, product: AnyProduct, quantity: int) -> None:
    """Set how many of a product lie in the cart; 0 takes it out. Raises CartRefused."""
    _put(shopper, queue_for_cart_of(shopper), product, quantity)


def add(shopper: str, product: AnyProduct, quantity: int) -> None:
    """Put more of a product into the cart. Raises CartRefused."""
    in_cart = queue_for_cart_of(shopper)
    _put(shopper, in_cart, product, quantity + in_cart.quantity_of(product.id))


def take_out(cart: Cart) -> None:
    """Take out what lies in a cart."""
    for line in cart.lines:
        TAKE_OUT.change(of=line.shopper, wanted=line.product_id)


def forget_old(lifetime: float) -> int:
    """Take out what has lain in carts for so many seconds; returns how many lines."""
    return forget(CartLine, CartLine.changed_at < clock.now() - timedelta(seconds=lifetime))


def pour_into(shopper: str, others: Collection[str]) -> None:
    """Put what lies in other carts into this one, as far as it takes it; what it does not take stays where it is."""
    for name in sorted([shopper, *others]):
        queue_for("cart", name)
    carts = carts_of([shopper, *others])
    for line in [line for other in others for line in carts[other].lines]:
        quantity = min(MOST_OF_ONE, line.quantity + carts[shopper].quantity_of(line.product_id))
        if carts[shopper].currency in ("", line.product.currency):
            _set_quantities({(shopper, line.product_id): quantity})
            TAKE_OUT.change(of=line.shopper, wanted=line.product_id)
            carts[shopper] = cart_of(shopper)


def bring_back(lines: Sequence[OrderLine]) -> None:
    """Put the lines of unpaid orders into their shoppers' carts again, beside what lies there now.

    What cannot be bought any more stays out: taken off sale meanwhile, or in another currency than the new cart.
    """
    carts = carts_of({line.order.shopper for line in lines})
    brought: dict[tuple[str, int], int] = {}
    for line in lines:
        shopper, product = line.order.shopper, line.product
        in_cart = carts[shopper]
        if line.quantity > in_cart.quantity_of(product.id) and _fits(in_cart, product, line.quantity):
            others = [other for other in in_cart.lines if other.product_id != product.id]
            carts[shopper] = Cart([*others, Line(shopper, line.quantity, product)])
            brought[shopper, product.id] = line.quantity
    if brought:
        _set_quantities(brought)


def _put(shopper: str, cart: Cart, product: AnyProduct, quantity: int) -> None:
    if quantity > 0:
        _refuse(cart, product, quantity)
        _set_quantities({(shopper, product.id): quantity})
    else:
        TAKE_OUT.change(of=shopper, wanted=product.id)


def _set_quantities(quantities: dict[tuple[str, int], int]) -> None:
    """Write lines of carts, by shopper and product, whether or not the shopper adds the same at this moment."""
    # In one order, so that two who bring back the same things never wait for each other.
    now, write = clock.now(), _write_quantity(db.engine.dialect.name)
    for shopper, product_id in sorted(quantities):
        quantity = quantities[shopper, product_id]
        write.change_along(shopper=shopper, product_id=product_id, quantity=quantity, changed_at=now)


@cache
def _write_quantity(dialect: str) -> Prepared:
    """Made once: to make it takes longer than to carry it out."""
    insert = insert_into(CartLine)
    new = insert.excluded
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=[CartLine.shopper, CartLine.product_id],
            set_={"quantity": new.quantity, "changed_at": new.changed_at},
        )
    )


def _fits(cart: Cart, product: AnyProduct, quantity: int) -> bool:
    try:
        _refuse(cart, product, quantity)
    except CartRefused:
        return False
    return True


def _refuse(cart: Cart, product: AnyProduct, quantity: int) -> None:
    if not product.on_sale:
        raise CartRefused(f"{product.name} is no longer on sale.")
    if quantity > MOST_OF_ONE:
        raise CartRefused(f"At most {MOST_OF_ONE} of {product.name} fit into one order.")
    if quantity > product.stock:
        left = f"Only {product.stock} of {product.name} are left."
        raise CartRefused(left if product.stock else f"There is no {product.name} to be had at the moment.")
    if cart.lines and cart.currency != product.currency:
        raise CartRefused(f"Everything in one order is paid in one currency; this cart is in {cart.currency}.")
    others = sum(line.product.price * line.quantity for line in cart.lines if line.product_id != product.id)
    if others + product.price * quantity > largest(product.currency):
        raise CartRefused("This order would be larger than can be paid at once.")
