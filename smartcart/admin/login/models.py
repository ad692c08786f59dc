"""Who may sign in to the admin, who has, and who has tried to."""

from datetime import datetime
from hashlib import sha256

from flask_login import UserMixin
from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime


class Admin(UserMixin, Base):
    """A person who may sign in; the password is kept as its argon2 hash."""

    __tablename__ = "admin"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))

    def get_id(self) -> str:
        """What a signed-in browser keeps: with a mark of the password, so that a new password signs everybody out."""
        return f"{self.name}:{sha256(self.password_hash.encode()).hexdigest()[:16]}"


class SignIn(Base):
    """A browser that is signed in, by the hash of what its cookie holds. Gone, no copy of the cookie opens anything.

    `forwarded` says that a proxy named somebody else as the one who asks.
    """

    __tablename__ = "sign_in"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    forwarded: Mapped[bool] = mapped_column(default=False, server_default=false())


class Guess(Base):
    """A password that was tried and did not open; `counted_for` is a browser that signed in before, or an address."""

    __tablename__ = "password_guess"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_for: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
