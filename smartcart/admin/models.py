"""Who may sign in to the admin."""

from hashlib import sha256

from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.db import Base


class Admin(UserMixin, Base):
    """A person who may sign in; the password is kept as its argon2 hash."""

    __tablename__ = "admin"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))

    def get_id(self) -> str:
        """What a signed-in browser keeps: with a mark of the password, so that a new password signs everybody out."""
        return f"{self.name}:{sha256(self.password_hash.encode()).hexdigest()[:16]}"
