"""What is remembered of kept cards: never a number, only what the gateway lets be shown."""

from datetime import datetime

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime

# As the partial index says it, to the letter.
TO_FORGET = text("removed_at IS NOT NULL AND forgotten_at IS NULL")


class CardHolder(Base):
    """A shopper who may pay with the cards that the gateway keeps for a customer.

    `linked_at` is empty for the shopper who is that customer; any other was linked by them. `link` is the secret of the
    link that they have made and nobody has used yet, good until `link_expires_at`.
    """

    __tablename__ = "card_holder"

    shopper: Mapped[str] = mapped_column(String(64), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    customer: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)
    account: Mapped[str] = mapped_column(String(255), default="")
    linked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    link: Mapped[str | None] = mapped_column(String(40), unique=True)
    link_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SavedCard(Base):
    """A card, kept by the gateway for a customer; it can be used until the end of its last month.

    `removed_at` is when the shopper wanted it gone, `forgotten_at` when the gateway had forgotten it; what it did not
    forget is tried again from `forget_after` on. The row stays and tells nothing any more: an older answer of the
    gateway must not bring the card back. `declines` were counted since `declined_since`, and until `refused_until` the
    card is not to be tried.
    """

    __tablename__ = "kept_method"
    __table_args__ = (partial_index("ix_kept_method_to_forget", "removed_at", of=TO_FORGET),)

    token: Mapped[str] = mapped_column(String(80), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    customer: Mapped[str] = mapped_column(String(255), index=True)
    account: Mapped[str] = mapped_column(String(255), default="")
    brand: Mapped[str] = mapped_column(String(40))
    last4: Mapped[str] = mapped_column(String(4))
    expires_month: Mapped[int]
    expires_year: Mapped[int]
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    declines: Mapped[int] = mapped_column(default=0)
    declined_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    forget_after: Mapped[datetime | None] = mapped_column(UTCDateTime)
