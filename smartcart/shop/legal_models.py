"""What is remembered of the pages that the law asks of a shop, and of who agreed to what of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum


class LegalPage(StrEnum):
    """By its address."""

    IMPRINT = "imprint"
    TERMS = "terms"
    PRIVACY = "privacy"

    @property
    def heading(self) -> str:
        return HEADINGS[self]


HEADINGS = {LegalPage.IMPRINT: "Imprint", LegalPage.TERMS: "Terms", LegalPage.PRIVACY: "Privacy notice"}


class LegalText(Base):
    """An edition of a page, in Markdown. It is never changed, so what somebody agreed to can be read for ever.

    The newest holds; where that is empty, the shop has no such page any more.
    """

    __tablename__ = "legal_text"
    __table_args__ = (Index("ix_legal_text_page_id", "page", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[LegalPage] = mapped_column(stored_enum(LegalPage))
    words: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Agreement(Base):
    """What who ordered has agreed to with it: the words of the line at checkout, and the editions that it named."""

    __tablename__ = "agreement"

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True, autoincrement=False)
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("legal_text.id"))
    privacy_id: Mapped[int | None] = mapped_column(ForeignKey("legal_text.id"))
    wording: Mapped[str] = mapped_column(String(500))
    agreed_at: Mapped[datetime] = mapped_column(UTCDateTime)
