"""Where the figures are kept that `tally` tells."""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base


class Figure(StrEnum):
    """What is counted: payment sessions by state, attempts by outcome and by interruption; calls
    to the gateway by day and kind."""

    STATE = "state"
    OUTCOME = "outcome"
    INTERRUPTION = "interruption"
    CALL = "call"


class TallyChange(Base):
    """So many more have one value of a figure, and so many fewer another, which is empty where there was none."""

    __tablename__ = "tally_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(String(32))
    was: Mapped[str] = mapped_column(String(40))
    now: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]


class TallyTotal(Base):
    """How many have a value, but for the changes that are still to be taken up."""

    __tablename__ = "tally_total"

    figure: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
