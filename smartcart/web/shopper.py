"""Who shops: an id in a cookie of its own, which no answer takes away again.

A browser may open two tabs at once, and their answers come in any order. So each newcomer's answer sets a cookie by a
name of its own, and no answer sets or deletes one that another has set: whatever came last, all are there. Whoever
comes with several is the one that did something first; what belongs to the others is joined to it (payments.joining).
The token of forms hangs on these ids, so that of two tabs both may post.
"""

import hmac
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

from flask import Flask, current_app, session
from itsdangerous import BadSignature, Signer
from werkzeug.http import parse_cookie

from smartcart import clock
from smartcart.ids import PATTERN, new_id
from smartcart.web import signing

PREFIX = "smartcart_shopper_"
# So long a cart waits for the shopper who last did something.
LIFETIME = timedelta(days=90)
# Two tabs make two; more come of many windows opened at once. Further ones are not looked at.
MOST = 8
# So far apart answers that race may have been made: the slowest network gives up earlier. Ids that are further apart
# did not race; somebody who can set cookies here has planted one, and is not to be given what is another's.
RACE = timedelta(minutes=10)
# What the signature is for: what is signed for anything else is nobody.
PURPOSE = "shopper"
VALUE = re.compile(rf"([01])\.([0-9a-f]{{1,12}})\.({PATTERN})")
# No cookie of ours is as long, with its signature; what is longer is not looked at, nor remembered.
LONGEST = 128
# Of so many shoppers who came last, what their cookie proves is not found out anew: a signature is good for ever.
AT_HAND = 1024


@dataclass(frozen=True, order=True)
class Identity:
    """In their order the first is the shopper: who did something, then who came first. `born` is in milliseconds."""

    is_new: bool
    born: int
    id: str

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of its cookie."""
        value = f"{int(self.is_new)}.{self.born:x}.{self.id}"
        return PREFIX + self.id[:8], _signer(current_app).sign(value).decode()

    def secret(self, signed_in: str) -> str:
        """What its forms prove to know. Who signs in gets another, which no one else could have learnt before."""
        return _secret(current_app.config["SECRET_KEY"], self.id, signed_in)


@dataclass
class Identities:
    """Those that came with a request, the shopper first; without any, one that is there to be given."""

    known: list[Identity]
    is_given: bool = False

    @cached_property
    def offered(self) -> Identity:
        return newcomer(new_id())

    @property
    def shopper(self) -> Identity:
        return self.known[0] if self.known else self.offered


def newcomer(identifier: str, is_new: bool = True) -> Identity:
    return Identity(is_new, int(clock.now().timestamp() * 1000), identifier)


def current_shopper() -> str:
    """The id of this browser's shopper; empty for one who came without any."""
    found = identities()
    return found.shopper.id if found.known or found.is_given else ""


def known_shopper() -> str:
    """The id of this browser's shopper, given at the first call."""
    identities().is_given = True
    return identities().shopper.id


def acting_shopper() -> str:
    """The id of a shopper who has done something before; empty for all others, who may be anybody anew."""
    found = identities()
    return found.shopper.id if found.known and not found.shopper.is_new else ""


def other_ids() -> list[str]:
    """Further ids of this very shopper, which came of racing answers."""
    found, race = identities(), RACE.total_seconds() * 1000
    return [other.id for other in found.known[1:] if abs(other.born - found.shopper.born) <= race]


def identities() -> Identities:
    # To ask for the session has the answer vary by cookie.
    found: Identities = session.identities  # type: ignore[attr-defined]  # cookies.BrowserSession
    return found


def shopper_of(app: Flask, environ: dict[str, Any]) -> str:
    """The id of the shopper who sends a request, where Flask has not begun yet; empty without any."""
    found = identities_in(app, parse_cookie(environ).items())
    return found[0].id if found else ""


def identities_in(app: Flask, cookies: Iterable[tuple[str, str]]) -> list[Identity]:
    """The ids that these cookies prove, the shopper first."""
    ours = [value for name, value in cookies if name.startswith(PREFIX) and len(value) <= LONGEST]
    signer = _signer(app)
    return sorted(filter(None, (_proven(signer, value) for value in ours)))[:MOST]


@lru_cache(AT_HAND)
def _proven(signer: Signer, cookie: str) -> Identity | None:
    with suppress(BadSignature):
        if found := VALUE.fullmatch(signer.unsign(cookie).decode()):
            return Identity(found[1] == "1", int(found[2], 16), found[3])
    return None


@lru_cache(AT_HAND)
def _secret(key: str, identifier: str, signed_in: str) -> str:
    return hmac.digest(key.encode(), f"forms of {identifier} {signed_in}".encode(), "sha256").hex()


def _signer(app: Flask) -> Signer:
    """Made once, with keys that are derived, which takes as long as to check a cookie. No time stamp: no clock to
    trust."""
    if "shopper" not in app.extensions:
        derived = [Signer(key, PURPOSE).derive_key() for key in signing.keys(app)]
        app.extensions["shopper"] = Signer(derived, PURPOSE, key_derivation="none")
    made: Signer = app.extensions["shopper"]
    return made
