"""What a request with an idempotency key has brought about: written in the transaction in which it happens, for ever.

An answer may be lost, forgotten after a day, or never have been given, because the process died or the database did not
answer. What was done under a key is on record all the same, and is done once.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart import clock
from smartcart.database.session import Base, db
from smartcart.database.types import UTCDateTime
from smartcart.database.upsert import insert_new


class Effect(Base):
    """What was done under a caller's key: the session that it was done to. `fingerprint` is the request's."""

    __tablename__ = "effect"

    caller: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str] = mapped_column(ForeignKey("payment_session.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DoneBefore(Exception):
    """What is asked for was done under this key already, to the session of that id."""

    def __init__(self, session_id: str) -> None:
        super().__init__()
        self.session_id = session_id


@dataclass(frozen=True)
class Keyed:
    """A request that came with a key."""

    caller: str
    key: str
    fingerprint: str

    def effect(self) -> Effect | None:
        """What was done under the key; None when nothing was, as far as can be seen now."""
        return db.session.get(Effect, (self.caller, self.key), populate_existing=True)


_at_work: ContextVar[Keyed | None] = ContextVar("the request at work", default=None)


@contextmanager
def hang_on(request: Keyed) -> Iterator[None]:
    """What is brought about in here, in this thread, hangs on the request's caller and key."""
    token = _at_work.set(request)
    try:
        yield
    finally:
        _at_work.reset(token)


def is_first(session_id: str) -> bool:
    """Whether this is done for the first time, which is written into the transaction that is open.

    Always, where no key came with the request, or nobody's request is at work.
    """
    request = _at_work.get()
    if request is None:
        return True
    return insert_new(Effect, **asdict(request), session_id=session_id, made_at=clock.now())


def refuse_second(session_id: str) -> None:
    """Raises DoneBefore unless this is done for the first time."""
    if not is_first(session_id):
        request = _at_work.get()
        before = request.effect() if request else None
        raise DoneBefore(before.session_id if before else session_id)


def own_id() -> str:
    """An id that only what is made under this caller and key can have; empty where there is no key."""
    request = _at_work.get()
    if request is None:
        return ""
    digest = sha256(f"{request.caller}\0{request.key}".encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).decode()[:32]
