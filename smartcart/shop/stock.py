"""Stock holds: taken when an order is placed, given back exactly once when it ends unpaid.

Each call runs inside the caller's write transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import update

from smartcart.database.session import db
from smartcart.shop.models import OrderLine, Product


class OutOfStock(Exception):
    """There is not enough left of some products. `products` are the ones that fell short."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        super().__init__("not enough left of " + ", ".join(product.name for product in products))


def reserve(wanted: Iterable[tuple[Product, int]]) -> None:
    """Take quantities off the stock. Raises OutOfStock; the caller's transaction is then to be rolled back.

    Products are taken in the order of their ids, so that two shoppers never wait for each other.
    """
    by_id = sorted(wanted, key=lambda item: item[0].id)
    short = [product for product, quantity in by_id if not _take(product.id, quantity)]
    if short:
        raise OutOfStock(short)


def release(lines: Iterable[OrderLine]) -> None:
    """Put the quantities of orders back, in the order that `reserve` takes them."""
    quantities: Counter[int] = Counter()
    for line in lines:
        quantities[line.product_id] += line.quantity
    for product_id in sorted(quantities):
        product = update(Product).where(Product.id == product_id)
        db.session.execute(product.values(stock=Product.stock + quantities[product_id]))


def _take(product_id: int, quantity: int) -> bool:
    taken = db.session.execute(
        update(Product)
        .where(Product.id == product_id, Product.stock >= quantity)
        .values(stock=Product.stock - quantity)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]
