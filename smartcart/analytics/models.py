"""Where the figures are kept, and how far the audit trail was taken into them."""

from datetime import date

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base

LONGEST_WORD = 80


class FigureKept(Base):
    """How many there are of a figure with one value, in a period: of all payments, or of one part of them.

    Sums are kept likewise: their value is the currency, and the number minor units.
    """

    __tablename__ = "analytics_figure"

    grain: Mapped[str] = mapped_column(String(5), primary_key=True)
    begins: Mapped[date] = mapped_column(primary_key=True)
    slice: Mapped[str] = mapped_column(String(8), primary_key=True)
    part: Mapped[str] = mapped_column(String(LONGEST_WORD), primary_key=True)
    figure: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(LONGEST_WORD), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Place(Base):
    """The last event that was taken in, and the time zone in which days are counted. There is one row."""

    __tablename__ = "analytics_place"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[int] = mapped_column(BigInteger, default=0)
    zone: Mapped[str] = mapped_column(String(64))
