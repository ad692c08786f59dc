"""Stock holds: taken when an order is placed, given back exactly once when it ends unpaid.

Each call runs inside the caller's write transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update

from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.shop.catalogue import AnyProduct
from smartcart.shop.models import OrderLine, Product

PRODUCTS = cast(Table, Product.__table__)
QUANTITY = bindparam("quantity", type_=PRODUCTS.c.stock.type)
OF_PRODUCT = PRODUCTS.c.id == bindparam("product_id")
TAKE = Prepared(
    update(PRODUCTS).where(OF_PRODUCT, PRODUCTS.c.stock >= QUANTITY).values(stock=PRODUCTS.c.stock - QUANTITY)
)
LEFT = Prepared(select(PRODUCTS.c.stock).where(OF_PRODUCT))


class Short(NamedTuple):
    """A product of which there is less than was wanted, with what is left of it now."""

    id: int
    name: str
    stock: int


class OutOfStock(Exception):
    """There is not enough left of some products. `products` are the ones that fell short."""

    def __init__(self, products: Sequence[Short]) -> None:
        self.products = products
        super().__init__("not enough left of " + ", ".join(product.name for product in products))


def reserve(wanted: Iterable[tuple[AnyProduct, int]]) -> None:
    """Take quantities off the stock. Raises OutOfStock; the caller's transaction is then to be rolled back.

    Products are taken in the order of their ids, so that two shoppers never wait for each other.
    """
    by_id = sorted(wanted, key=lambda item: item[0].id)
    short = [product for product, quantity in by_id if not _take(product.id, quantity)]
    if short:
        raise OutOfStock([_as_it_is_now(product) for product in short])


def _take(product_id: int, quantity: int) -> bool:
    return TAKE.change(product_id=product_id, quantity=quantity) == 1


def _as_it_is_now(product: AnyProduct) -> Short:
    """Somebody may have been quicker since the product was read."""
    ((left,),) = LEFT.rows(product_id=product.id)
    return Short(product.id, product.name, left)


def release(lines: Iterable[OrderLine]) -> None:
    """Put the quantities of orders back, in the order that `reserve` takes them."""
    quantities: Counter[int] = Counter()
    for line in lines:
        quantities[line.product_id] += line.quantity
    for product_id in sorted(quantities):
        product = update(Product).where(Product.id == product_id)
        db.session.execute(product.values(stock=Product.stock + quantities[product_id]))
