"""The admin's password: kept as an argon2 hash, checked in the same time whatever is wrong."""

from functools import cache
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from smartcart.admin.login.models import Admin
from smartcart.database.queues import queue_for
from smartcart.database.session import db, leave_transaction, writing

NAME = "admin"
SHORTEST_PASSWORD = 8

hasher = PasswordHasher()


def ensure_admin(password: str) -> str | None:
    """Make sure that the user admin exists, with the given password if one is given.

    Returns the password that was made up when there was neither. Raises ValueError when the given one is too short.
    """
    if password and len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"it must have at least {SHORTEST_PASSWORD} characters")
    if _is_there(password):
        leave_transaction()
        return None  # as at nearly every start: a hash takes a quarter of a second, in which nobody could write
    with writing():
        queue_for("admin")  # two processes may start at once, and one password be printed
        if _is_there(password):
            return None
        made_up = "" if password else token_urlsafe(12)
        _keep(password or made_up)
    return made_up or None


def admin_with(name: str, password: str) -> Admin | None:
    """The admin of that name and password. Whichever is wrong, finding out takes as long."""
    admin = db.session.get(Admin, NAME) if name == NAME else None
    if not _matches(admin.password_hash if admin else _hash_of_nobody(), password) or admin is None:
        return None
    if hasher.check_needs_rehash(admin.password_hash):
        with writing():
            _keep(password)
    return admin


def _is_there(password: str) -> bool:
    """Whether there is an admin, with the given password if one is given."""
    admin = db.session.get(Admin, NAME)
    return admin is not None and (not password or _matches(admin.password_hash, password))


def _keep(password: str) -> None:
    db.session.merge(Admin(name=NAME, password_hash=hasher.hash(password)))


def _matches(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return hasher.hash(token_urlsafe())
