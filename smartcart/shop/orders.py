"""An order's life: placed with its stock held, then paid, or given up and its stock given back.

Each call runs inside the caller's write transaction and changes the status by compare-and-set, so that stock moves
exactly once whoever comes first.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from typing import NamedTuple, cast

from sqlalchemy import Integer, Table, bindparam, case, insert, select, update
from sqlalchemy.orm import joinedload

from smartcart import clock
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.ids import new_id
from smartcart.rules import numbering
from smartcart.rules.money import largest
from smartcart.shop import cart, deliveries, order_search, shipping, stock
from smartcart.shop.deliveries import Address
from smartcart.shop.delivery_models import Delivery
from smartcart.shop.models import Order, OrderLine, OrderNumbering, OrderStatus

ORDERS = cast(Table, Order.__table__)
STATUS = Prepared(select(ORDERS.c.status).where(ORDERS.c.id == bindparam("order_id")).with_for_update(read=True))
EMAIL_AND_COUNTRY = Prepared(
    select(ORDERS.c.email, Delivery.country)
    .outerjoin(Delivery, Delivery.order_id == ORDERS.c.id)
    .where(ORDERS.c.id == bindparam("order_id"))
)
ADD = Prepared(insert(ORDERS).returning(ORDERS.c.id))
ADD_LINE = Prepared(insert(cast(Table, OrderLine.__table__)).inline())
CHANGE = Prepared(update(ORDERS).where(ORDERS.c.id == bindparam("order_id")))
CHANGE_STATUS = Prepared(
    update(ORDERS).where(ORDERS.c.id == bindparam("order_id"), ORDERS.c.status == bindparam("expected"))
)

TYPED = ("name", "email")
LAST_TYPED = Prepared(
    select(*(ORDERS.c[name] for name in TYPED))
    .where(ORDERS.c.shopper == bindparam("of"), ORDERS.c.placed_at > bindparam("since"))
    .order_by(ORDERS.c.id.desc())
    .limit(bindparam("last", 1, Integer))
)
SKIPPED = Prepared(select(OrderNumbering.skipped))


class EmptyCart(Exception):
    """There is nothing to order."""


class CartChanged(Exception):
    """The cart cannot be ordered as it is now; the message is for the shopper."""


class NotSent(Exception):
    """Something of the cart is to be sent, and cannot be as things are."""


class NeedsAddress(NotSent):
    """Something of the cart is sent, and nobody has said where to."""


class NotSentThere(NotSent):
    """Nothing is sent to the country that was chosen, or not for the price that was shown and agreed to."""


class Destination(NamedTuple):
    """Where an order is to go, for how much as it was shown and agreed to, in minor units."""

    address: Address
    price: int | None


class Placed(NamedTuple):
    """Columns of an order that a session is opened for."""

    id: int
    number: str
    shopper: str
    amount: int
    currency: str


def place(wanted: cart.Cart, shopper: str, name: str, email: str, to: Destination | None = None) -> Placed:
    """Turn the shopper's cart into an order and hold its stock; it is this transaction's turn to change the cart.

    Raises EmptyCart, CartChanged, NeedsAddress, NotSentThere or stock.OutOfStock; the transaction is then to be rolled
    back.
    """
    if not wanted.lines:
        raise EmptyCart
    if wanted.is_sent:
        wanted = replace(wanted, shipping=_price_of_sending(wanted, to))
    _refuse_changed(wanted)
    ((order_id,),) = ADD.rows(
        number=token_urlsafe(8),  # until the database has numbered it
        token=new_id(),
        shopper=shopper,
        name=name,
        email=email,
        amount=wanted.total,
        currency=wanted.currency,
        shipping=wanted.shipping,
        awaits_packing=wanted.is_sent,
        status=OrderStatus.OPEN,
        placed_at=clock.now(),
    )
    number = numbering.name(order_id, sum(skipped for (skipped,) in SKIPPED.rows()))
    CHANGE.change(order_id=order_id, number=number)
    order_search.want(order_id)
    for line in wanted.lines:
        _add_line(order_id, line)
    if wanted.is_sent and to:
        deliveries.add(order_id, to.address)
    stock.reserve((line.product, line.quantity) for line in wanted.lines)
    cart.take_out(wanted)
    return Placed(order_id, number, shopper, wanted.total, wanted.currency)


def _add_line(order_id: int, line: cart.Line) -> None:
    product = line.product
    ADD_LINE.change(
        order_id=order_id,
        product_id=product.id,
        name=product.name,
        price=product.price,
        tax_rate=product.tax_rate,
        quantity=line.quantity,
    )


def _price_of_sending(wanted: cart.Cart, to: Destination | None) -> int:
    """What is asked for it now, in minor units. Raises NeedsAddress or NotSentThere."""
    if to is None:
        raise NeedsAddress
    price = shipping.prices(wanted.currency).get(to.address.country)
    if price is None or price != to.price:
        raise NotSentThere
    return price


def _refuse_changed(wanted: cart.Cart) -> None:
    """What was fine when it was put into the cart may since have gone off sale, or up in price."""
    for line in wanted.lines:
        if not line.product.on_sale:
            raise CartChanged(f"{line.product.name} is no longer on sale.")
    if len({line.product.currency for line in wanted.lines}) > 1:
        raise CartChanged("Everything in one order is paid in one currency. Please take out what is in another.")
    if wanted.total > largest(wanted.currency):
        raise CartChanged("Prices have changed: this order would be larger than can be paid at once.")


def typed_lately(shopper: str, since: datetime) -> dict[str, str]:
    """Name and e-mail as this shopper gave them for the last order, if that was placed after `since`."""
    return {
        key: typed for row in LAST_TYPED.rows(of=shopper, since=since) for key, typed in zip(TYPED, row, strict=True)
    }


def pay(order_id: int, paid_at: datetime) -> bool:
    """Mark an order paid. False when it cannot be fulfilled: paid already, refunded, or its stock is gone."""
    return _change(order_id, OrderStatus.OPEN, OrderStatus.PAID, paid_at) or _pay_late(order_id, paid_at)


def _pay_late(order_id: int, paid_at: datetime) -> bool:
    """An order that ended unpaid is paid if its stock can be held again: of all its lines, or of none."""
    try:
        with db.session.begin_nested():
            is_paid = _change(order_id, OrderStatus.UNPAID, OrderStatus.PAID, paid_at)
            if is_paid:
                stock.reserve((line.product, line.quantity) for line in _lines_of([order_id]))
            return is_paid
    except stock.OutOfStock:
        return False


def give_up(order_ids: Collection[int]) -> None:
    """Orders end unpaid: their stock is given back and their carts come back. Once, however often it is called."""
    given_up = (
        update(Order)
        .where(Order.id.in_(order_ids), Order.status == OrderStatus.OPEN)
        .values(status=OrderStatus.UNPAID)
        .returning(Order.id)
    )
    lines = _lines_of(db.session.scalars(given_up).all())
    stock.release(lines)
    cart.bring_back(lines)


def _lines_of(order_ids: Collection[int]) -> Sequence[OrderLine]:
    """The lines of some orders, oldest first, with their orders and products as they are now."""
    lines = (
        select(OrderLine)
        .where(OrderLine.order_id.in_(order_ids))
        .options(joinedload(OrderLine.order), joinedload(OrderLine.product))
        .order_by(OrderLine.id)
    )
    return db.session.scalars(lines).all()


def reopen(order: Order) -> None:
    """An order that ended unpaid is to be paid after all. Raises stock.OutOfStock when its stock is gone."""
    if _change(order.id, OrderStatus.UNPAID, OrderStatus.OPEN):
        db.session.refresh(order, ["status"])
        stock.reserve((line.product, line.quantity) for line in order.lines)


def lock_status(order_id: int) -> OrderStatus:
    """The status of an order, which nobody else changes before the end of the transaction."""
    ((status,),) = STATUS.rows(order_id=order_id)
    return cast(OrderStatus, status)


def email_and_country(order_id: int) -> tuple[str, str]:
    """Whose order it is, and where it goes, by ISO 3166's two letters; empty where nothing of it is sent."""
    ((email, country),) = EMAIL_AND_COUNTRY.rows(order_id=order_id)
    return cast(str, email), cast(str, country or "")


def refund(order_id: int, amount: int) -> None:
    """So much of a paid order's money was given back, or came back when it is less than nothing.

    Whether goods return to the shelf is for the admin to say.
    """
    refunded = Order.refunded + amount
    status = case((refunded == Order.amount, OrderStatus.REFUNDED), else_=OrderStatus.PAID)
    db.session.execute(
        update(Order)
        .where(Order.id == order_id, Order.status.in_((OrderStatus.PAID, OrderStatus.REFUNDED)))
        .values(refunded=refunded, status=status)
        .execution_options(synchronize_session=False)
    )


def mean_second(order_id: int) -> None:
    """Its shopper wants it beside another order of the same things: nobody asks about it any more."""
    CHANGE.change(order_id=order_id, second_meant_at=clock.now())


def _change(order_id: int, before: OrderStatus, after: OrderStatus, paid_at: datetime | None = None) -> bool:
    return CHANGE_STATUS.change(order_id=order_id, expected=before, status=after, paid_at=paid_at) == 1
