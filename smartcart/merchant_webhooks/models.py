"""What is remembered of merchants' webhooks: where they go, and each that was sent or is to be."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.merchant_events import MerchantEventType


class DeliveryFate(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


# As the partial index says it, to the letter.
IS_DUE = text("due_at IS NOT NULL")


class WebhookEndpoint(Base):
    """Where a merchant's system is told of events: those of `types`, or all where there are none.

    `merchant` is the id of its API key. Events up to the number `read_up_to` of its feed have their deliveries. A
    secret signs, so it is kept as it is; the one before signs as well until `before_until`. `is_slow` says that the
    last try failed or took long, or that there was none: it waits beside its like. `failing_since` is when the first
    try failed after the last that did not; `off_at` when it was switched off, and `off_because` why.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (UniqueConstraint("merchant", "url"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(500))
    types: Mapped[list[str]] = mapped_column(JSON)
    is_thin: Mapped[bool]
    secret: Mapped[str] = mapped_column(String(80))
    secret_before: Mapped[str | None] = mapped_column(String(80))
    before_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_up_to: Mapped[int]
    is_slow: Mapped[bool]
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    off_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    off_because: Mapped[str] = mapped_column(String(200), default="")


class WebhookDelivery(Base):
    """One event on its way to one endpoint, `is_thin` or whole from the first try on. `due_at` is None when nobody
    tries any more.

    Of the last try: when it began, how long it took in seconds, where to, and what was answered, or else the `problem`.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "number"),
        partial_index("ix_webhook_delivery_due", "due_at", of=IS_DUE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(String(40))
    merchant: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    event_id: Mapped[str] = mapped_column(String(40))
    type: Mapped[MerchantEventType] = mapped_column(stored_enum(MerchantEventType))
    is_thin: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    fate: Mapped[DeliveryFate] = mapped_column(stored_enum(DeliveryFate))
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    took: Mapped[float | None]
    url: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(String(300), default="")
