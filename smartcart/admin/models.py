"""Who may sign in to the admin."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.db import Base


class Admin(Base):
    """A person who may sign in; the password is kept as its argon2 hash."""

    __tablename__ = "admin"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
