"""What the gateway has told by itself, as it is remembered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules import patience


class Fate(StrEnum):
    """What became of an event: it waits to be applied, was, needs not be, or could not be for a whole day."""

    WAITING = "waiting"
    APPLIED = "applied"
    NOT_NEEDED = "not_needed"
    OTHER_SHOP = "other_shop"
    OTHER_MODE = "other_mode"
    GIVEN_UP = "given_up"


# As the partial index says it, to the letter. It was tried again and again for about half an hour.
IS_STUCK = text(f"(fate = '{Fate.GIVEN_UP}' OR (due_at IS NOT NULL AND tries >= {patience.LOOKS_BEFORE_A_PERSON}))")


class GatewayEvent(Base):
    """One event, by the gateway's own id for it: told twice, it is kept once.

    `subject` is the gateway's id of what it is about, `reference` of the payment behind that, `claimed_session` the
    session that the gateway says it is of. `session_id` is set once that was found, and told in its trail. `due_at` is
    when it must be applied, None when it need not be any more; `problem` why it could not be so far. `body` is kept as
    it came, signed: it can be read again after a mistake of ours. It has of cards what Stripe tells, the last four
    digits at most, but names and addresses of people as well, so all of it is forgotten after a month.
    """

    __tablename__ = "gateway_event"
    __table_args__ = (
        partial_index("ix_gateway_event_due", "due_at", of=text("due_at IS NOT NULL")),
        Index("ix_gateway_event_received", "received_at"),
        partial_index("ix_gateway_event_stuck", "received_at", of=IS_STUCK),
    )

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    reference: Mapped[str] = mapped_column(String(255))
    claimed_session: Mapped[str] = mapped_column(String(255))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("payment_session.id"))
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[str] = mapped_column(Text)

    fate: Mapped[Fate] = mapped_column(stored_enum(Fate))
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(200), default="")
