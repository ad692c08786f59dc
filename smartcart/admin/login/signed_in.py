"""Which browsers are signed in: a row each, which ends all copies of the cookie when it goes."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import request, session
from sqlalchemy import delete, select

from smartcart import clock
from smartcart.admin.login.models import SignIn
from smartcart.database.session import db, writing
from smartcart.ids import new_id
from smartcart.rules.proxies import plain
from smartcart.web import trusted_proxies

# Where Flask's cookie has it.
TOKEN, SEEN = "sign_in", "admin_seen"
# A working day beside the monitor; the next morning asks again.
LONGEST_IDLE = timedelta(hours=12)
# Who was seen in the future was seen by a clock that was wrong; those of two machines differ by some seconds.
CLOCKS_DIFFER = 30
# And however busy it was: a week. NIST SP 800-63B-4 §2.1.3 has 30 days at most for a password alone.
LONGEST = timedelta(days=7)


def begin() -> None:
    """This browser is signed in from now on."""
    token = new_id()
    with writing():
        db.session.execute(delete(SignIn).where(SignIn.at < clock.now() - LONGEST))
        db.session.add(SignIn(hash=_hash(token), at=clock.now(), **_from()))
    session[TOKEN] = token
    stay()


def stay() -> None:
    """Somebody is there."""
    session[SEEN] = int(clock.now().timestamp())


def is_begun() -> bool:
    """Whether this browser signed in, was not signed out, and neither was idle for too long nor is it too long ago."""
    idle = clock.now().timestamp() - session.get(SEEN, 0)
    if not -CLOCKS_DIFFER <= idle <= LONGEST_IDLE.total_seconds():
        return False
    begun = db.session.scalar(select(SignIn.at).where(SignIn.hash == _hash(session.get(TOKEN, ""))))
    return begun is not None and clock.now() - begun <= LONGEST


def end() -> None:
    """Sign this browser out, and whoever has a copy of its cookie."""
    if token := session.get(TOKEN):
        with writing():
            db.session.execute(delete(SignIn).where(SignIn.hash == _hash(token)))
    session.clear()


def _from() -> dict[str, Any]:
    """What is known of where this request comes from."""
    return {"address": plain(request.remote_addr or ""), "forwarded": trusted_proxies.is_unbelieved(request.environ)}


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
