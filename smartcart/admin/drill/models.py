"""What is remembered of drills."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.drills import AskedBy, CopyOn, Run


class DrillRun(Base):
    """A drill. `slot` is 1 while it is under way, and empty afterwards: so there is one at a time.

    `heard_at` is when whoever has it in hand was last heard of, with the `step` it was at; `scenarios` are their words,
    with blanks between. `scratch` is the database that is made for it at the shop's PostgreSQL server, from just before
    that until it is dropped. `result` is its verdict (smartcart/drill/verdicts.py), `problem` why there is none.
    """

    __tablename__ = "drill_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int | None] = mapped_column(unique=True)
    state: Mapped[Run] = mapped_column(stored_enum(Run))
    asked_by: Mapped[AskedBy] = mapped_column(stored_enum(AskedBy))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    scenarios: Mapped[str] = mapped_column(String(200))
    step: Mapped[str] = mapped_column(String(40), default="")
    step_number: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    copy_on: Mapped[CopyOn | None] = mapped_column(stored_enum(CopyOn))
    scratch: Mapped[str] = mapped_column(String(63), default="")
    result: Mapped[list[dict[str, object]] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str] = mapped_column(String(500), default="")


class MonthlyDrill(Base):
    """Whether there is a drill each month by itself: the one row says when the next is due, and no row means none."""

    __tablename__ = "monthly_drill"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
