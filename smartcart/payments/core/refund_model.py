"""What is remembered of money that is given back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart import clock
from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.ids import new_id
from smartcart.payments.core.locked_session import LockedSession


class RefundState(StrEnum):
    """Whether the money went back. `requested` is written down before the gateway is asked, and stays while it is
    pending there; `failed` was made, and the money has come back since."""

    REQUESTED = "requested"
    MADE = "made"
    REFUSED = "refused"
    FAILED = "failed"


class RefundOrigin(StrEnum):
    """Who gives it back: the shop, somebody at the gateway, or the shopper's bank by a dispute."""

    SHOP = "shop"
    GATEWAY = "gateway"
    DISPUTE = "dispute"


class Refund(Base):
    """Money given back, in minor units. Its id is the gateway's idempotency key: asked for twice, it is made once.

    Of a session, or without one of a charge alone that no session of ours stands for: then `reference` is the
    charge's, and `account` whose books that is in. What was begun at the gateway has the gateway's name as its id.
    `due_at` is when the reconciler asks again, and None when it is known what became of it; `looks` counts its
    questions. `pending_reason` is what the gateway says that it waits for.

    `accepted_at` is since when the gateway has it, `made_at` when it was made, also if it has failed since; `trace_…`
    and `is_reversal` are what the gateway tells for the shopper's bank (`gateways.books.Trace`).
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(session_id IS NULL) = (reference <> '')", name="of_a_session_or_a_charge"),
        Index("ix_refund_made", "made_at"),
        partial_index("ix_refund_due", "due_at", of=text("due_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("payment_session.id"), index=True)
    reference: Mapped[str] = mapped_column(String(255), default="")
    account: Mapped[str] = mapped_column(String(255), default="")
    amount: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(500), default="")
    actor: Mapped[str] = mapped_column(String(80))
    state: Mapped[RefundState] = mapped_column(stored_enum(RefundState), default=RefundState.REQUESTED)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    looks: Mapped[int] = mapped_column(default=0)
    origin: Mapped[RefundOrigin] = mapped_column(stored_enum(RefundOrigin), default=RefundOrigin.SHOP)
    pending_reason: Mapped[str] = mapped_column(String(40), default="")
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trace_number: Mapped[str] = mapped_column(String(255), default="")
    trace_kind: Mapped[str] = mapped_column(String(40), default="")
    trace_expected: Mapped[bool] = mapped_column(default=False)
    is_reversal: Mapped[bool] = mapped_column(default=False)

    @property
    def failed_at(self) -> datetime | None:
        """When it became known that the money is with the shop still, or again."""
        return self.settled_at if self.state in (RefundState.REFUSED, RefundState.FAILED) else None


def refund_of(
    session: LockedSession, amount: int, reason: str, actor: str, due_at: datetime, refund_id: str = ""
) -> Refund:
    """A refund of a session that is to be made; the reconciler sees to it from `due_at` on."""
    return Refund(
        id=refund_id or new_id(),
        session_id=session.id,
        amount=amount,
        currency=session.currency,
        reason=reason,
        actor=actor,
        requested_at=clock.now(),
        due_at=due_at,
    )
