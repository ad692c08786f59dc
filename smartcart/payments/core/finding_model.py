"""What is remembered of the comparison of the gateway's books with the shop's."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.rules.verdicts import Verdict

# As the indexes say it, to the letter.
IS_OPEN = text("settled_at IS NULL")
IS_SETTLED = text("settled_at IS NOT NULL")
# First those for which somebody waits, then those with a time, then the rest.
URGENCY = text(
    f"CASE WHEN verdict = '{Verdict.REFUND_WANTED}' THEN 0"
    f" WHEN verdict IN ('{Verdict.DISPUTED}', '{Verdict.FRAUD_WARNING}') THEN 1 ELSE 2 END"
)
NEWEST_FIRST = text("first_seen_at DESC")


class Finding(Base):
    """Something about money that a person should see, once.

    `session` is as the gateway names it, and may be none of ours; `reference` tells its charges apart,
    and `account` whose books they are in. `settled_by` is
    who has looked after it, and `settlement` what they did.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("verdict", "session", "reference"),
        partial_index("ix_finding_open", text(f"({URGENCY})"), NEWEST_FIRST, of=IS_OPEN),
        partial_index("ix_finding_settled", "settled_at", of=IS_SETTLED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(stored_enum(Verdict))
    session: Mapped[str] = mapped_column(String(255))
    reference: Mapped[str] = mapped_column(String(255))
    account: Mapped[str] = mapped_column(String(255), default="")
    amount: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    detail: Mapped[str] = mapped_column(String(500))
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_by: Mapped[str] = mapped_column(String(80), default="")
    settlement: Mapped[str] = mapped_column(String(200), default="")


class Look(Base):
    """The last look into the books of `gateway`, which names an account there. It is under way as long as it has begun
    after it ended.

    `seen_until` is when the last look began that came to its end: what is older need not be read again.
    """

    __tablename__ = "look"

    gateway: Mapped[str] = mapped_column(String(255), primary_key=True)
    begun_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    charges: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(200), default="")

    @property
    def is_under_way(self) -> bool:
        return self.begun_at is not None and (self.ended_at is None or self.ended_at < self.begun_at)
