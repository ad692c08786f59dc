"""Who wants no letters that are not strictly needed, and the link by which that is said.

Of an address a keyed hash is kept and not the address itself. The key is made once and lies beside it: what somebody
has said holds for as long as the shop does, also when the secret key is changed. The link is the hash, signed.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

from sqlalchemy import LargeBinary, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from smartcart import clock
from smartcart.database.session import Base, db, writing
from smartcart.database.types import UTCDateTime
from smartcart.database.upsert import insert_new
from smartcart.web import signing

# What the signature is for: what is signed for anything else is no link.
PURPOSE = "no letters that are not needed"
# In bytes: of a million addresses two share 96 bits once in 10^17 shops, and the link has 16 characters of it.
HASH = 12
CHARACTERS = HASH * 4 // 3
# As long as what HMAC-SHA-256 makes; RFC 2104, section 3, has it no shorter.
KEY = 32
ONLY = 1


class Unsubscribed(Base):
    """An address to which goes only what is needed, since that moment."""

    __tablename__ = "unsubscribed"

    address_hash: Mapped[str] = mapped_column(String(CHARACTERS), primary_key=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class UnsubscribeKey(Base):
    """By which addresses are hashed. There is one row, once the first letter needs it."""

    __tablename__ = "unsubscribe_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class Reminder(Base):
    """A letter that is not needed, made for an address; `letter` is its row's name. Forgotten after a day."""

    __tablename__ = "reminder"

    letter: Mapped[str] = mapped_column(String(60), primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(CHARACTERS), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class NoToken(Exception):
    """This shop has made no such link, or not all of it has come."""


def link(address: str, base_url: str) -> str:
    """The whole link for who is written to at this address. It has 51 characters more than where the shop is."""
    address_hash = hash_of(address)
    return f"{base_url}/unsubscribe/{address_hash}{signing.signature(PURPOSE, address_hash)}"


def read(token: str) -> str:
    """The hash that a link is about. Raises NoToken."""
    address_hash, signature = token[:CHARACTERS], token[CHARACTERS:]
    if not (token.isascii() and signing.is_signed(PURPOSE, address_hash, signature)):
        raise NoToken
    return address_hash


def wants_none(address_hash: str) -> bool:
    """Whether only what is needed is to go there."""
    return db.session.get(Unsubscribed, address_hash, populate_existing=True) is not None


def stop(address_hash: str) -> None:
    """Nothing goes there any more but what is needed; once is as good as twice."""
    with writing():
        insert_new(Unsubscribed, address_hash=address_hash, since=clock.now())


def start_again(address_hash: str) -> None:
    with writing():
        db.session.execute(delete(Unsubscribed).where(Unsubscribed.address_hash == address_hash))


def hash_of(address: str) -> str:
    """The same for capitals and small letters: no provider tells two people apart by these."""
    digest = hmac.digest(_key(), address.strip().casefold().encode(), sha256)[:HASH]
    return urlsafe_b64encode(digest).decode()


def _key() -> bytes:
    """It is made by who first asks for it. To be called in no transaction."""
    if (kept := db.session.get(UnsubscribeKey, ONLY)) is None:
        with writing():
            insert_new(UnsubscribeKey, id=ONLY, key=secrets.token_bytes(KEY))
        kept = db.session.get_one(UnsubscribeKey, ONLY)
    return kept.key
