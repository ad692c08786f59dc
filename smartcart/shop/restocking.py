"""Goods whose money was given back return to the shelf: so many as the owner says, each once."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update

from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.shop.models import OrderLine, Product

LINES = cast(Table, OrderLine.__table__)
MARK = Prepared(
    update(LINES).where(
        LINES.c.id == bindparam("line_id"), LINES.c.restocked == bindparam("before", type_=LINES.c.id.type)
    )
)


class RestockedSince(Exception):
    """Some of it was put back since it was looked at: by the other press, or in another window."""


class PutBack(NamedTuple):
    """So many of an order's line, of which `before` were put back when it was looked at."""

    line_id: int
    product_id: int
    before: int
    quantity: int


def put_back(goods: Sequence[PutBack]) -> None:
    """All of it, or none. Raises RestockedSince.

    Products are changed in the order of their ids, as orders take them, so that nobody waits for each other.
    """
    with writing():
        for each in sorted(goods, key=lambda each: (each.product_id, each.line_id)):
            _put_back(each)


def put_all_back(order_id: int) -> int:
    """All of an order's things that are still out. Returns how many there were: none, where it was done before."""
    of_order = select(OrderLine).where(OrderLine.order_id == order_id)
    with writing():
        lines = db.session.scalars(of_order.order_by(OrderLine.product_id, OrderLine.id).with_for_update()).all()
        goods = [PutBack(line.id, line.product_id, line.restocked, line.still_out) for line in lines if line.still_out]
        for each in goods:
            _put_back(each)
    return sum(each.quantity for each in goods)


def _put_back(goods: PutBack) -> None:
    after = goods.before + goods.quantity
    if MARK.change(line_id=goods.line_id, before=goods.before, restocked=after) != 1:
        raise RestockedSince
    product = update(Product).where(Product.id == goods.product_id)
    db.session.execute(product.values(stock=Product.stock + goods.quantity))
