"""Keys of the JSON API: made, listed, made anew and taken back. Only their hashes are kept."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, select

from smartcart import clock
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.database.statements import Prepared
from smartcart.payments.api.models import ApiKey
from smartcart.rules.card_numbers import has_card_number

# With "key " in front of it, it still fits into a line of the audit trail.
LONGEST_NAME = 76
# Nobody takes longer to put a new key in place; for longer the one before is a second key. In hours.
LONGEST_OVERLAP = 24 * 7

# Whether a key is the one of the hash that is given, or was until a while ago, and holds now. To find it by its hash
# leaks no timing.
HOLDS = and_(
    ApiKey.revoked_at.is_(None),
    or_(
        ApiKey.hash == bindparam("given"),
        and_(ApiKey.hash_before == bindparam("given"), ApiKey.before_until > bindparam("now")),
    ),
)
_KNOWN = Prepared(select(ApiKey.id, ApiKey.name, ApiKey.is_admin).where(HOLDS))


class KnownKey(NamedTuple):
    """A key that holds."""

    id: str
    name: str
    is_admin: bool


def make_key(name: str, is_admin: bool) -> str:
    """Make an API key and answer it. Raises ValueError when the name is taken or unfit."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has from 1 to {LONGEST_NAME} printable characters")
    if has_card_number(name):
        raise ValueError("this name looks like a card number, and was not kept")
    secret = _new()
    with writing():
        queue_for("names of keys")
        if db.session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
            raise ValueError(f"there is a key named {name} already")
        db.session.add(
            ApiKey(id=token_urlsafe(12), name=name, hash=hash_of(secret), is_admin=is_admin, created_at=clock.now())
        )
    return secret


def all_keys() -> Sequence[ApiKey]:
    """All that were ever made, by their names."""
    return db.session.scalars(select(ApiKey).order_by(ApiKey.name)).all()


def known(secret: str) -> KnownKey | None:
    """The key, if it is one and holds now. Asked for at each request: what is taken back is so everywhere at once."""
    rows = _KNOWN.rows(given=hash_of(secret), now=clock.now())
    return KnownKey(*rows[0]) if rows else None


def is_revoked(key_id: str) -> bool:
    """Whether the key of that id was taken back."""
    return db.session.scalar(select(ApiKey.revoked_at).where(ApiKey.id == key_id)) is not None


def hash_of(secret: str) -> str:
    """What is kept of a key. It is 256 random bits, so a plain hash of it cannot be guessed backwards."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def rotate(name: str, overlap_hours: int = 0) -> str:
    """Make a key anew and answer it; the one before holds for so many hours more. Raises ValueError."""
    if not 0 <= overlap_hours <= LONGEST_OVERLAP:
        raise ValueError(f"the key before can hold from 0 to {LONGEST_OVERLAP} hours more")
    secret = _new()
    with writing():
        key = _standing(name)
        key.hash_before, key.hash = key.hash, hash_of(secret)
        key.before_until = clock.now() + timedelta(hours=overlap_hours)
    return secret


def revoke(name: str) -> str:
    """Take a key back, and the one before it, and answer what that means. Raises ValueError."""
    with writing():
        _standing(name).revoked_at = clock.now()
    return f"The key named {name} opens nothing any more."


def _standing(name: str) -> ApiKey:
    key = db.session.scalar(select(ApiKey).where(ApiKey.name == name).with_for_update())
    if key is None:
        raise ValueError(f"there is no key named {name}")
    if key.revoked_at is not None:
        raise ValueError(f"the key named {name} was revoked already")
    return key


def _new() -> str:
    return f"sk_{token_urlsafe(32)}"
