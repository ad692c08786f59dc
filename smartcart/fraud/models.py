"""What is remembered of attempts for the fraud rules, and the rules that the owner has changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.partial_indexes import partial_index
from smartcart.database.session import Base
from smartcart.database.types import MinorUnits, UTCDateTime, stored_enum
from smartcart.rules.outcomes import OutcomeKind
from smartcart.rules.velocity import Action, By, Measure

# Of a keyed hash so many hexadecimal digits: 64 bits, so that of a million two hardly ever share one.
HASH = String(16)


def _of_known(name: str) -> Index:
    """What is not known is looked for by nobody, and of merchants' payments hardly anything is: it is no entry."""
    known = text(f"{name} IS NOT NULL")
    return partial_index(f"ix_fraud_sighting_{name}", name, "at", of=known)


class FraudSighting(Base):
    """An attempt to pay. Shopper, e-mail, address and card are keyed hashes, empty where they are not known.

    `never` is when the bank will never approve the card.
    """

    __tablename__ = "fraud_sighting"
    __table_args__ = (
        *(_of_known(name) for name in ("shopper", "email", "address", "card")),
        Index("ix_fraud_sighting_at", "at"),
    )

    # No foreign key: this room knows nothing of payments, and an attempt is never deleted.
    attempt_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    shopper: Mapped[str | None] = mapped_column(HASH)
    email: Mapped[str | None] = mapped_column(HASH)
    address: Mapped[str | None] = mapped_column(HASH)
    card: Mapped[str | None] = mapped_column(HASH)
    amount: Mapped[int] = mapped_column(MinorUnits)
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2), default="")
    outcome: Mapped[OutcomeKind | None] = mapped_column(stored_enum(OutcomeKind))
    code: Mapped[str] = mapped_column(String(80), default="")
    never: Mapped[bool] = mapped_column(default=False)


class FraudCard(Base):
    """What card is behind the token of a kept one, as the gateway has told; both are keyed hashes."""

    __tablename__ = "fraud_card"

    token: Mapped[str] = mapped_column(HASH, primary_key=True)
    card: Mapped[str] = mapped_column(HASH)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class FraudRule(Base):
    """A rule as the owner keeps it. As long as there is no row, the shop's own defaults hold."""

    __tablename__ = "fraud_rule"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_in_range"),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    by: Mapped[By] = mapped_column(stored_enum(By))
    measure: Mapped[Measure] = mapped_column(stored_enum(Measure))
    number: Mapped[int] = mapped_column(MinorUnits)
    within: Mapped[int]
    action: Mapped[Action] = mapped_column(stored_enum(Action))
    share: Mapped[int] = mapped_column(default=0)
    strangers: Mapped[bool] = mapped_column(default=False)
    smallest: Mapped[int] = mapped_column(MinorUnits, default=0)
    largest: Mapped[int] = mapped_column(MinorUnits, default=0)
    countries: Mapped[str] = mapped_column(String(1000), default="")
    codes: Mapped[str] = mapped_column(String(1000), default="")
    is_on: Mapped[bool] = mapped_column(default=True)
