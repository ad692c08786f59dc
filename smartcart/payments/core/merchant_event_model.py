"""What is remembered of what merchants' systems are told, and how far it is numbered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.merchant_events import MerchantEventType


class _Happened:
    """Something that happened to a merchant's payment, with the `session` as the API showed it at that moment.

    `event_id` is how others know it: never given twice, also not after a restore.
    """

    event_id: Mapped[str] = mapped_column(String(40))
    type: Mapped[MerchantEventType] = mapped_column(stored_enum(MerchantEventType))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    session: Mapped[dict[str, Any]] = mapped_column(JSON)


class UnnumberedEvent(_Happened, Base):
    """An event as its payment's transaction writes it; it is here until `merchant_feed` has given it a number.

    Without any index but that of the id: each would be one more page that every payment has to bring to the disk. Ids
    grow, but not in the order in which rows come to be on record.
    """

    __tablename__ = "unnumbered_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    merchant: Mapped[str] = mapped_column(String(40))


class MerchantEvent(_Happened, Base):
    """An event in the feed of its merchant, at its place there."""

    __tablename__ = "merchant_event"

    merchant: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


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
