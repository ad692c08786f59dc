"""Whose things are: each key opens one account in one mode, and what is another's is not there.

https://docs.stripe.com/keys#test-live-modes: "Objects in one mode aren't accessible to the other". Every account has
objects of its own: https://docs.stripe.com/error-codes#resource-missing.
"""

import re
from base64 import b64decode
from contextvars import ContextVar
from typing import Any

from aiohttp import web
from localstripe import resources

from tests.support.stripe_server.process import LIVE_KEY, LIVE_PUBLISHABLE_KEY, OTHER_KEY, OTHER_PUBLISHABLE_KEY

ORDINARY = ("acct_1", "test")
OWNERS = {
    **dict.fromkeys((LIVE_KEY, LIVE_PUBLISHABLE_KEY), ("acct_1", "live")),
    **dict.fromkeys((OTHER_KEY, OTHER_PUBLISHABLE_KEY), ("acct_2", "test")),
}
# Who asks now. What is made from outside, as on the dashboard, is the ordinary account's.
owner: ContextVar[tuple[str, str]] = ContextVar("owner", default=ORDINARY)
# By id; all that is not here is the ordinary account's.
belongs: dict[str, tuple[str, str]] = {}
ID = re.compile(r"\b(?:pi|pm|cus|ch|py|re|du|issfr|ctoken)_\w+")

_made = resources.StripeObject.__init__


def _note_owner(self: Any, id: Any = None) -> None:
    _made(self, id)
    if owner.get() != ORDINARY and hasattr(self, "id"):
        belongs[self.id] = owner.get()


resources.StripeObject.__init__ = _note_owner


def key_of(request: web.Request) -> str:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return b64decode(given).decode().partition(":")[0] if kind == "Basic" else given


def is_ours(thing_id: str) -> bool:
    return belongs.get(thing_id, ORDINARY) == owner.get()
