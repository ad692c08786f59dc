"""What the shop remembers. Amounts are whole minor units of `currency`; moments are UTC."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.rules.money import LARGEST_AMOUNT


class OrderStatus(StrEnum):
    """Where an order stands. Its stock is held while it is open, sold when it is paid, and given back otherwise."""

    OPEN = "open"
    PAID = "paid"
    UNPAID = "unpaid"
    REFUNDED = "refunded"


# As the partial indexes below say it, to the letter: a database takes such an index for no other way of saying it.
HAS_STATUS = {status: text(f"status = '{status}'") for status in OrderStatus}
IS_GIVEN_BACK = text("refunded > 0")
IS_OPEN_ORDER = HAS_STATUS[OrderStatus.OPEN]
IS_TO_PACK = text(f"status = '{OrderStatus.PAID}' AND awaits_packing")


class Product(Base):
    """Something on sale. `stock` is what can still be ordered: what open orders hold is already taken off.

    What `is_sent` needs an address to go to. `tax_rate` is that of the tax in the price, in basis points.
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint(f"price BETWEEN 1 AND {LARGEST_AMOUNT}", name="price_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(2000), default="")
    price: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    stock: Mapped[int]
    picture: Mapped[str] = mapped_column(String(200), default="")
    on_sale: Mapped[bool] = mapped_column(default=True)
    is_sent: Mapped[bool] = mapped_column(default=False)
    tax_rate: Mapped[int] = mapped_column(default=0)


class Picture(Base):
    """A product's uploaded picture, named by the hash of its bytes."""

    __tablename__ = "picture"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class CartLine(Base):
    """A product in a shopper's cart."""

    __tablename__ = "cart_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    shopper: Mapped[str] = mapped_column(String(64), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    quantity: Mapped[int]
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)

    product: Mapped[Product] = relationship()


class Order(Base):
    """What a shopper ordered, at the prices of that moment. `token` opens its confirmation page.

    `refunded` is what was given back of its money so far, `shipping` what of its amount is for sending it, in minor
    units. `second_meant_at` is when its shopper said that it is no slip, though an order of the same things is paid, or
    may be. What is sent `awaits_packing` from the beginning, and is to be packed once it is paid.
    """

    __tablename__ = "shop_order"
    __table_args__ = (
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_AMOUNT}", name="amount_in_range"),
        CheckConstraint("refunded = 0 OR refunded BETWEEN 1 AND amount", name="refunded_in_range"),
        Index("ix_shop_order_placed", "placed_at"),
        partial_index("ix_shop_order_given_back", "id", of=IS_GIVEN_BACK),
        # Those that hold stock, a few of the many there have been; and of each other status the newest.
        *(partial_index(f"ix_shop_order_{status}", "id", of=has_status) for status, has_status in HAS_STATUS.items()),
        Index("ix_shop_order_email", text("lower(email)"), "placed_at"),
        # Those that somebody has to pack.
        partial_index("ix_shop_order_to_pack", "id", of=IS_TO_PACK),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    shopper: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    amount: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[OrderStatus] = mapped_column(stored_enum(OrderStatus))
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refunded: Mapped[int] = mapped_column(MinorUnits, default=0)
    shipping: Mapped[int] = mapped_column(MinorUnits, default=0)
    second_meant_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    awaits_packing: Mapped[bool] = mapped_column(default=False)

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", back_populates="order")


class LetterConsent(Base):
    """Who ordered ticked a box, and so may be written to about an order that they never tried to pay.

    What is on record proves it: in which words they were asked, when they agreed, and on what page.
    """

    __tablename__ = "letter_consent"

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    wording: Mapped[str] = mapped_column(String(500))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(80))


class OrderNumbering(Base):
    """One row, or none: how many numbers were left out, because orders that are not here may have had them."""

    __tablename__ = "order_numbering"

    id: Mapped[int] = mapped_column(primary_key=True)
    skipped: Mapped[int]


class OrderLine(Base):
    """A product of an order, with the name, the price and the rate of tax it was ordered at.

    `restocked` is how many of them were put back on the shelf after money was given back.
    """

    __tablename__ = "order_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(String(120))
    price: Mapped[int] = mapped_column(MinorUnits)
    quantity: Mapped[int]
    tax_rate: Mapped[int] = mapped_column(default=0)
    restocked: Mapped[int] = mapped_column(default=0)

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    @property
    def total(self) -> int:
        """Minor units."""
        return self.price * self.quantity

    @property
    def still_out(self) -> int:
        """How many of them were not put back on the shelf."""
        return self.quantity - self.restocked
