"""What is remembered of who the shop is: as its owner has written it, where it is not as the settings say."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base

LONGEST_NAME = 60
LONGEST_SLOGAN = 120


class ShopIdentity(Base):
    """One row, or none. An empty name is the one of the settings; `logo` is a picture's name, its sides in pixels."""

    __tablename__ = "shop_identity"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    slogan: Mapped[str] = mapped_column(String(LONGEST_SLOGAN), default="")
    logo: Mapped[str] = mapped_column(String(80), default="")
    logo_width: Mapped[int] = mapped_column(default=0)
    logo_height: Mapped[int] = mapped_column(default=0)
