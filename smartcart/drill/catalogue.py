"""What is on sale in the copy of a shop: its products and its prices of sending, with enough of each on the shelf."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, insert

from smartcart.shop.delivery_models import ShippingPrice
from smartcart.shop.models import Product

# Of each product: more than a drill sells, so that none of its payments fails by the shelf.
STOCK = 1000
STREET = {"line1": "1 Drill Street", "line2": "", "postcode": "10115", "city": "Berlin", "region": ""}
# What a shop sells that has nothing on sale yet.
SAMPLE = {"slug": "drill", "name": "Drill", "price": 4200, "currency": "EUR", "is_sent": False, "tax_rate": 0}


@dataclass(frozen=True)
class Goods:
    """A product, and the fields of the address that it is sent to, if it is."""

    slug: str
    address: Mapping[str, str]


@dataclass(frozen=True)
class Catalogue:
    """Rows of the shop's tables, by column."""

    products: Sequence[Mapping[str, Any]]
    shipping: Sequence[Mapping[str, Any]]

    def goods(self, refuses: Callable[[int, str], bool]) -> list[Goods]:
        """What can be ordered: all but what is sent nowhere, and what the gateway refuses by its price and currency.

        The sample where there is nothing.
        """
        country = {row["currency"]: row["country"] for row in self.shipping}
        found = [
            Goods(row["slug"], self._address(country[row["currency"]], row["currency"]) if row["is_sent"] else {})
            for row in self.products
            if (not row["is_sent"] or row["currency"] in country) and not refuses(row["price"], row["currency"])
        ]
        return found or [Goods(str(SAMPLE["slug"]), {})]

    def fill(self, database: str) -> int:
        """Put it on sale in a database with no rows; returns how much is on the shelf in all."""
        others = [row for row in self.products if row["slug"] != SAMPLE["slug"]]
        rows = [*others, SAMPLE]
        engine = create_engine(database)
        with engine.begin() as connection:
            alike = {"description": "", "picture": "", "on_sale": True, "stock": STOCK}
            connection.execute(insert(Product), [{**row, **alike} for row in rows])
            if self.shipping:
                connection.execute(insert(ShippingPrice), [dict(row) for row in self.shipping])
        engine.dispose()
        return STOCK * len(rows)

    def _address(self, country: str, currency: str) -> Mapping[str, str]:
        """As the form of the checkout has it, with the price that it has shown."""
        [price] = [r["price"] for r in self.shipping if (r["country"], r["currency"]) == (country, currency)]
        return {**STREET, "country": country, "prices": f"{country}:{price}"}
