"""What the shop's people have written down about an order."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime

LONGEST_NOTE = 2000


class OrderNote(Base):
    """A note on an order: only ever added. The database refuses to change or delete it."""

    __tablename__ = "order_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(LONGEST_NOTE))
