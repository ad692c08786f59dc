"""How often a password may be tried, whichever process is asked.

A browser that has signed in before is counted by itself, and all others by their address: whoever guesses from the
owner's address locks out strangers there and not the owner, and whoever has stolen the mark of a browser gains a few
guesses (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

from datetime import datetime, timedelta
from math import ceil
from secrets import token_urlsafe

from flask import Response, current_app, request
from itsdangerous import BadSignature, Signer
from sqlalchemy import delete, select

from smartcart import clock
from smartcart.admin.login.models import Guess
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.rules.proxies import counted_as
from smartcart.web.cookies import is_over_https

# Enough for somebody who has to think which password it was, and a lifetime for somebody who guesses.
MOST = ((timedelta(minutes=1), 5), (timedelta(hours=1), 30))
REMEMBERED = max(span for span, _ in MOST)

MARK = "smartcart_browser"
# As long as browsers keep any cookie (draft-ietf-httpbis-rfc6265bis, §5.5); each sign-in begins it anew.
MARK_LIFETIME = timedelta(days=400)


def count() -> int:
    """Count a try of the one who sends this request. Returns 0, or in how many seconds another may be made."""
    if current_app.config["RATE_LIMIT"] == "off":
        return 0
    now, who = clock.now(), _who()
    with writing():
        queue_for("guesses", who)
        db.session.execute(delete(Guess).where(Guess.at < now - REMEMBERED))
        found = select(Guess.at).where(Guess.counted_for == who, Guess.at <= now).order_by(Guess.at.desc())
        wait = _wait(list(db.session.scalars(found)), now)
        if not wait:
            db.session.add(Guess(counted_for=who, at=now))
    return wait


def forgive() -> None:
    """The password was right: those before it were slips."""
    with writing():
        db.session.execute(delete(Guess).where(Guess.counted_for == _who()))


def know_again(response: Response) -> None:
    """Mark the browser that has signed in."""
    response.set_cookie(
        MARK,
        _signer().sign(token_urlsafe(16)).decode(),
        max_age=MARK_LIFETIME,
        path=f"{request.script_root}/admin",
        secure=is_over_https(current_app, request.scheme),
        httponly=True,
        samesite="Lax",
    )


def signed_in_before() -> bool:
    return _who().startswith("browser ")


def _wait(times: list[datetime], now: datetime) -> int:
    """`times` are the newest first."""
    waits = [times[most - 1] + span - now for span, most in MOST if len(times) >= most]
    return max([0, *(ceil(wait.total_seconds()) for wait in waits)])


def _who() -> str:
    try:
        return f"browser {_signer().unsign(request.cookies.get(MARK, '')).decode()}"
    except BadSignature:
        return f"address {counted_as(request.remote_addr or '')}"


def _signer() -> Signer:
    return Signer(str(current_app.config["SECRET_KEY"]), "browser that has signed in")
