"""Who is asking the API: a shopper by cookie, a program by its key, or the admin by either."""

from dataclasses import dataclass

from flask import g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from smartcart.payments.api import keys
from smartcart.payments.api.shown import ShownSession
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.terms import Payer
from smartcart.web.addresses import shoppers_address
from smartcart.web.limits import READING
from smartcart.web.problems import Problem
from smartcart.web.security import csrf
from smartcart.web.shopper import current_shopper


@dataclass(frozen=True)
class Caller:
    """`actor` is how the audit trail names the caller; `key_id` is empty for a browser."""

    actor: str
    shopper: str = ""
    key_id: str = ""
    is_admin: bool = False

    @property
    def payer(self) -> Payer:
        """Who pays by it. A program's address, and an admin's, is no shopper's."""
        is_theirs = not (self.key_id or self.is_admin)
        return Payer(self.shopper, shoppers_address() if is_theirs else "")

    def may_see(self, session: PaymentSession | ShownSession) -> bool:
        """Whether a session is this caller's; of others' sessions it is not even said that they exist."""
        if self.is_admin:
            return True
        if self.key_id:
            return session.merchant == self.key_id
        return bool(self.shopper) and session.merchant == "" and session.owner == self.shopper


def caller() -> Caller:
    """Who sends this request. Raises Problem for an invalid key, and CSRFError for a form another site sent."""
    if "caller" not in g:
        g.caller = by_key(request.headers["Authorization"]) if "Authorization" in request.headers else _by_cookie()
    found: Caller = g.caller
    return found


def has_key() -> bool:
    """Whether a valid key came with this request."""
    try:
        return bool("Authorization" in request.headers and caller().key_id)
    except Problem:
        return False


def by_key(authorization: str) -> Caller:
    """Who sends a request with this header. Raises Problem for an invalid key."""
    scheme, _, secret = authorization.partition(" ")
    key = keys.known(secret.strip())
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
