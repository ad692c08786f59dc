"""Where orders go. Addresses are shown on the order's own page and to the owner, and nowhere else."""

from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Integer, Table, bindparam, insert, select

from smartcart.database.statements import Prepared
from smartcart.shop import countries
from smartcart.shop.delivery_models import Delivery, Stage
from smartcart.shop.models import Order

DELIVERIES = cast(Table, Delivery.__table__)


class Address(NamedTuple):
    """Where an order goes: `country` by ISO 3166's two letters. What a country does not have is empty."""

    line1: str
    line2: str
    postcode: str
    city: str
    region: str
    country: str

    @property
    def lines(self) -> list[str]:
        """As it stands on a parcel, in the order that most countries write it."""
        place = f"{self.postcode} {self.city}".strip()
        return [*filter(None, (self.line1, self.line2, place, self.region, countries.name_of(self.country)))]


COLUMNS = [DELIVERIES.c[name] for name in Address._fields]
ADD = Prepared(insert(DELIVERIES).inline())
OF_ORDER = Prepared(select(*COLUMNS).where(DELIVERIES.c.order_id == bindparam("of_order")))
LAST_TYPED = Prepared(
    select(*COLUMNS)
    .join(Order, Order.id == DELIVERIES.c.order_id)
    .where(Order.shopper == bindparam("of"), Order.placed_at > bindparam("since"))
    .order_by(Order.id.desc())
    .limit(bindparam("last", 1, Integer))
)


def add(order_id: int, address: Address) -> None:
    """Of an order that is placed in this transaction."""
    ADD.change(order_id=order_id, stage=Stage.WAITING, **address._asdict())


def address_of(order_id: int) -> Address | None:
    """Where an order goes, if it is sent at all."""
    return next((Address(*row) for row in OF_ORDER.rows(of_order=order_id)), None)


def typed_lately(shopper: str, since: datetime) -> dict[str, str]:
    """The address as this shopper gave it for the last order that was sent, if that was placed after `since`."""
    return next((Address(*row)._asdict() for row in LAST_TYPED.rows(of=shopper, since=since)), {})
