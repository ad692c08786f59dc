"""What is remembered of what merchants' systems are told, and how far it is numbered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.merchant_events import MerchantEventType

# As the index below says it, to the letter.
HAS_NO_NUMBER = text("number IS NULL")


class MerchantEvent(Base):
    """Something that happened to a merchant's payment, with the `session` as the API showed it at that moment.

    `event_id` is how others know it: never given twice, also not after a restore. `number` is its place in the feed of
    its merchant, and None until `merchant_feed` has given it one. Ids grow, but not in the order in which rows come to
    be on record.
    """

    __tablename__ = "merchant_event"
    __table_args__ = (
        Index("uq_merchant_event_number", "merchant", "number", unique=True),
        Index("ix_merchant_event_unnumbered", "id", sqlite_where=HAS_NO_NUMBER, postgresql_where=HAS_NO_NUMBER),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(40))
    merchant: Mapped[str] = mapped_column(String(40))
    type: Mapped[MerchantEventType] = mapped_column(stored_enum(MerchantEventType))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    session: Mapped[dict[str, Any]] = mapped_column(JSON)
    number: Mapped[int | None]


class MerchantFeed(Base):
    """The last number that was given to an event of a merchant, and the oldest that is kept, or would be the next."""

    __tablename__ = "merchant_feed"

    merchant: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_number: Mapped[int]
    oldest: Mapped[int] = mapped_column(default=1)


class FeedEpoch(Base):
    """Within one epoch a number is of one event. One row, and none in the first epoch: a restore begins another."""

    __tablename__ = "feed_epoch"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(40))
