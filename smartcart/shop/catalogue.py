"""What can be bought: the products on sale, and one of them by the name in its address.

Columns, not entities: most pages of a shop only read, and this takes a fraction of the time.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from smartcart.database.statements import Prepared
from smartcart.ids import may_be_looked_up
from smartcart.shop.models import Product


class NotOnSale(LookupError):
    """There is no such product in the shop, or it was taken off sale."""


class ShownProduct(NamedTuple):
    """Columns of a product, by their names, as they were at that moment."""

    id: int
    slug: str
    name: str
    price: int
    currency: str
    stock: int
    picture: str
    on_sale: bool
    is_sent: bool
    tax_rate: int


AnyProduct = Product | ShownProduct

COLUMNS = tuple(getattr(Product, name) for name in ShownProduct._fields)
# Of the busiest pages, and made once.
ON_SALE = Prepared(select(*COLUMNS).where(Product.on_sale).order_by(Product.id))
BY_SLUG = Prepared(select(*COLUMNS).where(Product.slug == bindparam("wanted"), Product.on_sale))
DESCRIBED = Prepared(select(Product.description, *COLUMNS).where(Product.slug == bindparam("wanted"), Product.on_sale))


def on_sale() -> list[ShownProduct]:
    """All products on sale, oldest first."""
    return [ShownProduct(*row) for row in ON_SALE.rows()]


def find(slug: str) -> ShownProduct:
    """The product on sale at this address. Raises NotOnSale."""
    rows = BY_SLUG.rows(wanted=slug) if may_be_looked_up(slug) else []
    if not rows:
        raise NotOnSale(slug)
    return ShownProduct(*rows[0])


def find_described(slug: str) -> tuple[ShownProduct, str]:
    """The same, and what is said of it on its own page and nowhere else: it may be long. Raises NotOnSale."""
    rows = DESCRIBED.rows(wanted=slug) if may_be_looked_up(slug) else []
    if not rows:
        raise NotOnSale(slug)
    description, *columns = rows[0]
    return ShownProduct(*columns), description
