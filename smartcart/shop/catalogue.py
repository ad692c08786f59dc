"""What can be bought: the products on sale, and one of them by the name in its address."""

from collections.abc import Sequence

from sqlalchemy import Row, select

from smartcart.database.session import db
from smartcart.ids import may_be_looked_up
from smartcart.shop.models import Product


class NotOnSale(LookupError):
    """There is no such product in the shop, or it was taken off sale."""


def on_sale() -> Sequence[Row[int, str, str, int, str, int, str]]:
    """All products on sale, oldest first: id, slug, name, price, currency, stock and picture.

    Columns, not entities: the busiest page of a shop only reads, and this is twice as fast.
    """
    columns = (Product.id, Product.slug, Product.name, Product.price, Product.currency, Product.stock, Product.picture)
    return db.session.execute(select(*columns).where(Product.on_sale).order_by(Product.id)).all()


def find(slug: str) -> Product:
    """The product on sale at this address. Raises NotOnSale."""
    wanted = select(Product).where(Product.slug == slug, Product.on_sale)
    product = db.session.scalar(wanted) if may_be_looked_up(slug) else None
    if product is None:
        raise NotOnSale(slug)
    return product
