"""Effects as they are remembered, whatever channel they go by."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.letters import Letter


class EffectKind(StrEnum):
    """What is to be brought about. A new one needs no new table: the column takes any word."""

    RECEIPT = Letter.RECEIPT
    LATE_MONEY = Letter.LATE_MONEY
    OUTCOME = Letter.OUTCOME
    INTERRUPTED = Letter.INTERRUPTED
    NOTHING_TAKEN = Letter.NOTHING_TAKEN
    NEVER_TRIED = Letter.NEVER_TRIED
    HELD = Letter.HELD
    RELEASED = Letter.RELEASED
    PAYMENTS_WORK = "payments_work"
    ORDERED_BEFORE = "ordered_before"
    REFUND_REQUESTED = "refund_requested"
    REFUND_MADE = "refund_made"
    REFUND_FAILED = "refund_failed"
    SENT = "sent"
    OWNER = "owner"


class Receiver(StrEnum):
    """Who takes them. What is for one that is dead or slow keeps nothing waiting that is for another."""

    MAIL = "mail"


class Fate(StrEnum):
    """What became of an effect. Kept: it was to be sent, and there is no server to send it by.

    Superseded: it may have arrived, the truth has changed since, and another row tells that. Withdrawn: there is
    nothing to bring about any more, and `problem` says why.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    KEPT = "kept"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given_up"


# As the partial indexes say it, to the letter.
IS_GIVEN_UP = text(f"fate = '{Fate.GIVEN_UP}'")
IS_DUE = text("due_at IS NOT NULL")


class Effect(Base):
    """One effect of a session's: there is one row of each kind and occasion, however often it is asked for.

    `occasion` tells effects of a kind apart of which a session can have several, `edition` those of which the first
    may have arrived before the truth changed. `due_at` is when it is to be tried, None when it is no more; `wanted_at`
    is since when, `problem` why it was not carried out so far, or is not to be. `message` is what was sent, or was
    about to be, as it was `made_at`: from the moment just before, so that what may have arrived is known to the letter.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("session_id", "kind", "occasion", "edition"),
        partial_index("ix_outbox_due", "due_at", of=IS_DUE),
        partial_index("ix_outbox_given_up", "id", of=IS_GIVEN_UP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    session_id: Mapped[str] = mapped_column(String(40))
    occasion: Mapped[str] = mapped_column(String(80), default="")
    edition: Mapped[int] = mapped_column(default=1)
    receiver: Mapped[str] = mapped_column(String(255))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wanted_at: Mapped[datetime] = mapped_column(UTCDateTime)

    fate: Mapped[Fate] = mapped_column(stored_enum(Fate, "outboxfate"))
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    message: Mapped[bytes | None] = mapped_column(LargeBinary)


class OwnerNotice(Base):
    """Something that the owner is to be told, in a letter with others of its kind.

    `path` is where in the admin it is looked after. `letter` is the occasion of the letter that tells it, and empty
    until there is one.
    """

    __tablename__ = "owner_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(500))
    path: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    letter: Mapped[str] = mapped_column(String(80), default="", index=True)
