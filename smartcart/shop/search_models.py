"""What orders are found by: their words, each with the orders that have it."""

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.rules.search_words import LONGEST_WORD

# By the order of its bytes, as SQLite has it: words that begin alike stand together, in whatever language.
WORD = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")


class SearchWord(Base):
    """A word that some order has."""

    __tablename__ = "search_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(WORD, unique=True)


class SearchHit(Base):
    """An order that has a word."""

    __tablename__ = "search_hit"
    __table_args__ = ({"sqlite_with_rowid": False},)

    word_id: Mapped[int] = mapped_column(ForeignKey("search_word.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)


class OrderToIndex(Base):
    """An order whose words are to be taken up still, by a job: so no order waits for another that has the same."""

    __tablename__ = "order_to_index"

    order_id: Mapped[int] = mapped_column(Integer, ForeignKey("shop_order.id"), primary_key=True, autoincrement=False)
