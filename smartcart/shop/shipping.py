"""What it costs to send an order to a country: one price, whatever is in it. A country without one is not sent to."""

from typing import cast

from sqlalchemy import Table, bindparam, delete, select

from smartcart.database.session import db, execute, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.shop import countries
from smartcart.shop.delivery_models import ShippingPrice

PRICES = cast(Table, ShippingPrice.__table__)
OF_CURRENCY = Prepared(select(PRICES.c.country, PRICES.c.price).where(PRICES.c.currency == bindparam("of")))


def prices(currency: str) -> dict[str, int]:
    """Minor units by country, in the order of the countries' names."""
    known: dict[str, int] = dict(OF_CURRENCY.rows(of=currency))
    return {code: known[code] for code in sorted(known, key=countries.name_of)}


def all_prices() -> list[ShippingPrice]:
    """Of every currency, in the order of the countries' names."""
    found = db.session.scalars(select(ShippingPrice)).all()
    return sorted(found, key=lambda each: (countries.name_of(each.country), each.currency))


def set_price(currency: str, country: str, price: int) -> None:
    """Minor units; the price that there was gives way."""
    insert = insert_into(ShippingPrice)
    written = insert.on_conflict_do_update(
        index_elements=[ShippingPrice.currency, ShippingPrice.country], set_={"price": insert.excluded.price}
    )
    with writing():
        execute(written, [{"currency": currency, "country": country, "price": price}])


def remove(currency: str, country: str) -> None:
    """Nothing is sent there any more. What was ordered before is not changed."""
    with writing():
        found = ShippingPrice.currency == currency, ShippingPrice.country == country
        db.session.execute(delete(ShippingPrice).where(*found))
