"""Who is asking the API: a shopper by cookie, a program by its key, or the admin by either."""

from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

from flask import g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import select

from smartcart import clock
from smartcart.db import db, queue_for, writing
from smartcart.payments.models import ApiKey, PaymentSession
from smartcart.rules.card_numbers import has_card_number
from smartcart.shopper import current_shopper
from smartcart.web import READING, Problem, csrf

# With "key " in front of it, it still fits into a line of the audit trail.
LONGEST_NAME = 76


@dataclass(frozen=True)
class Caller:
    """`actor` is how the audit trail names the caller; `key_id` is empty for a browser."""

    actor: str
    shopper: str = ""
    key_id: str = ""
    is_admin: bool = False

    def may_see(self, session: PaymentSession) -> bool:
        """Whether a session is this caller's; of others' sessions it is not even said that they exist."""
        if self.is_admin:
            return True
        if self.key_id:
            return session.merchant == self.key_id
        return bool(self.shopper) and session.merchant == "" and session.owner == self.shopper


def make_key(name: str, is_admin: bool) -> str:
    """Make an API key and answer it; only its hash is kept. Raises ValueError when the name is taken or unfit."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has from 1 to {LONGEST_NAME} printable characters")
    if has_card_number(name):
        raise ValueError("this name looks like a card number, and was not kept")
    secret = f"sk_{token_urlsafe(32)}"
    with writing():
        queue_for("names of keys")
        if db.session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
            raise ValueError(f"there is a key named {name} already")
        db.session.add(
            ApiKey(id=token_urlsafe(12), name=name, hash=_hash(secret), is_admin=is_admin, created_at=clock.now())
        )
    return secret


def caller() -> Caller:
    """Who sends this request. Raises Problem for a key that is none, and CSRFError for a form another site sent."""
    if "caller" not in g:
        g.caller = _by_key() if "Authorization" in request.headers else _by_cookie()
    found: Caller = g.caller
    return found


def has_key() -> bool:
    """Whether a valid key came with this request."""
    try:
        return bool("Authorization" in request.headers and caller().key_id)
    except Problem:
        return False


def _by_key() -> Caller:
    scheme, _, secret = request.headers["Authorization"].partition(" ")
    # The key is 256 random bits, so a plain hash of it cannot be guessed backwards, and finding it leaks no timing.
    key = db.session.scalar(select(ApiKey).where(ApiKey.hash == _hash(secret.strip())))
    if scheme.lower() != "bearer" or key is None:
        raise Problem(401, "unknown_key", "This API key is not known.", {"WWW-Authenticate": "Bearer"})
    return Caller(actor=f"key {key.name}", key_id=key.id, is_admin=key.is_admin)


def _by_cookie() -> Caller:
    if request.method not in READING:
        request.get_data()  # kept: looking for the token in a form would use up a body that calls itself one
        _refuse_forged()
    if current_user.is_authenticated:
        return Caller("admin", shopper=current_shopper(), is_admin=True)
    return Caller("shopper", shopper=current_shopper())


def _refuse_forged() -> None:
    """Raises CSRFError for a form that another site sent, and Problem where nobody is known who could have a form."""
    try:
        csrf.protect()
    except CSRFError:
        if current_shopper() or current_user.is_authenticated:
            raise
        detail = "Nobody is known by this request. A program sends its API key: Authorization: Bearer <key>."
        raise Problem(401, "key_needed", detail, {"WWW-Authenticate": "Bearer"}) from None


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
