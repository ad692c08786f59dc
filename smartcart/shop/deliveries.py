"""Where orders go, and how far they have come.

Addresses are shown on the order's own page and to the owner, and nowhere else.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Integer, Table, bindparam, insert, select, update

from smartcart import clock
from smartcart.database.foreseen import Foreseen, Found
from smartcart.database.session import db
from smartcart.database.statements import Prepared
from smartcart.shop import countries
from smartcart.shop.delivery_models import Delivery, DeliveryStep, Stage
from smartcart.shop.models import Order

DELIVERIES = cast(Table, Delivery.__table__)
ORDERS = cast(Table, Order.__table__)


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


def addresses_of(order_ids: Iterable[int]) -> dict[int, Address]:
    """Where each of some orders goes, of those that are sent at all."""
    rows = db.session.execute(select(DELIVERIES.c.order_id, *COLUMNS).where(DELIVERIES.c.order_id.in_(order_ids)))
    return {order_id: Address(*address) for order_id, *address in rows}


def typed_lately(shopper: str, since: datetime) -> dict[str, str]:
    """The address as this shopper gave it for the last order that was sent, if that was placed after `since`."""
    return next((Address(*row)._asdict() for row in LAST_TYPED.rows(of=shopper, since=since)), {})


class Moved(NamedTuple):
    """A step of an order's goods, as a page or a letter shows it."""

    id: int
    stage: Stage
    at: datetime
    carrier: str
    tracking_url: str


STEPS = cast(Table, DeliveryStep.__table__)
STAGE = Prepared(select(DELIVERIES.c.stage).where(DELIVERIES.c.order_id == bindparam("of_order")))
STEPS_OF_ORDER = Prepared(
    select(*(STEPS.c[name] for name in Moved._fields))
    .where(STEPS.c.order_id == bindparam("of_order"))
    .order_by(STEPS.c.id)
)
BY_TOKEN = Prepared(
    select(*COLUMNS, *(STEPS.c[name] for name in Moved._fields))
    .outerjoin(STEPS, STEPS.c.order_id == DELIVERIES.c.order_id)
    .where(DELIVERIES.c.order_id == select(Order.id).where(Order.token == bindparam("of")).scalar_subquery())
    .order_by(STEPS.c.id)
)
MOVE = Prepared(
    update(DELIVERIES).where(DELIVERIES.c.order_id == bindparam("of_order"), DELIVERIES.c.stage == bindparam("before"))
)
PACKED = Prepared(update(ORDERS).where(ORDERS.c.id == bindparam("of_order")))
ADD_STEP = Prepared(insert(STEPS).returning(STEPS.c.id))


class OnItsWay(NamedTuple):
    """Where an order goes, and how far it has come: the oldest step first."""

    address: Address
    steps: list[Moved]


def of_token(token: str) -> Foreseen[OnItsWay | None]:
    """Of the order whose page this token opens, if it is sent at all."""
    return BY_TOKEN.foresee(_on_its_way, of=token)


def _on_its_way(rows: Found) -> OnItsWay | None:
    if not rows:
        return None
    width = len(Address._fields)
    steps = [Moved(*row[width:]) for row in rows if row[width] is not None]
    return OnItsWay(Address(*rows[0][:width]), steps)


def stage_of(order_id: int) -> Stage | None:
    """How far an order's goods are; None where nothing is sent."""
    return next((stage for (stage,) in STAGE.rows(of_order=order_id)), None)


def steps_of(order_id: int) -> list[Moved]:
    """All of them, the oldest first. The last one holds."""
    return [Moved(*row) for row in STEPS_OF_ORDER.rows(of_order=order_id)]


def move(order_id: int, before: Stage, after: Stage, carrier: str = "", tracking_url: str = "") -> int | None:
    """An order's goods come from one stage to another, inside the caller's write transaction.

    Returns the step's id; None where they are not at the first one, or nothing new is said of them: a second press.
    """
    said = after, carrier, tracking_url
    if MOVE.change(of_order=order_id, before=before, stage=after) != 1 or _is_said(order_id, said):
        return None
    if before is Stage.WAITING:
        PACKED.change(of_order=order_id, awaits_packing=False)
    ((step_id,),) = ADD_STEP.rows(
        order_id=order_id, stage=after, at=clock.now(), carrier=carrier, tracking_url=tracking_url
    )
    return cast(int, step_id)


def _is_said(order_id: int, said: tuple[Stage, str, str]) -> bool:
    return any((each.stage, each.carrier, each.tracking_url) == said for each in steps_of(order_id)[-1:])
