"""What is remembered of the JSON API: its keys, and the answers that are kept for them."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime


class ApiKey(Base):
    """A key of the JSON API, kept as its hash. What it has opened stays its own when it is made anew.

    Then the one before may still be good for a while. One that was taken back keeps its row, and its name in the trail.
    """

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    is_admin: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hash_before: Mapped[str | None] = mapped_column(String(64), unique=True)
    before_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class KeptAnswer(Base):
    """The answer to a request that came with an idempotency key; empty as long as the request is being worked on."""

    __tablename__ = "kept_answer"

    caller: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    status: Mapped[int | None]
    media_type: Mapped[str] = mapped_column(String(80), default="")
    body: Mapped[str] = mapped_column(default="")
