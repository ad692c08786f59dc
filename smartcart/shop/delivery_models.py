"""What is remembered of sending things: what it costs to where, and where an order goes and how far it has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.rules.money import LARGEST_AMOUNT


class Stage(StrEnum):
    """How far the goods of an order have come. Whether they may come further is for its money to say."""

    WAITING = "waiting"
    PACKED = "packed"
    SENT = "sent"


class ShippingPrice(Base):
    """What it costs to send an order to a country, whatever is in it; where there is none, nothing is sent there."""

    __tablename__ = "shipping_price"
    __table_args__ = (CheckConstraint(f"price BETWEEN 0 AND {LARGEST_AMOUNT}", name="price_in_range"),)

    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    price: Mapped[int] = mapped_column(MinorUnits)


class Delivery(Base):
    """Where an order goes whose things are sent, and how far they have come. The name is the order's."""

    __tablename__ = "delivery"

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True, autoincrement=False)
    line1: Mapped[str] = mapped_column(String(120))
    line2: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    city: Mapped[str] = mapped_column(String(120))
    region: Mapped[str] = mapped_column(String(120), default="")
    country: Mapped[str] = mapped_column(String(2))
    stage: Mapped[Stage] = mapped_column(stored_enum(Stage))


class DeliveryStep(Base):
    """What was done about an order's goods, and when. What was said first of where they are stays beside what holds."""

    __tablename__ = "delivery_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    stage: Mapped[Stage] = mapped_column(stored_enum(Stage))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_url: Mapped[str] = mapped_column(String(500), default="")
