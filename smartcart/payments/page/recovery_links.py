"""The link by which somebody comes back to one payment, from a mail and on any device, and nothing else.

It is signed and not kept: the session is on record, and the token proves itself.
"""

from datetime import datetime
from typing import NamedTuple

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.rules import recovery_links
from smartcart.web import signing

# What the signature is for: what is signed for anything else is no link.
PURPOSE = "link to a payment"


class Link(NamedTuple):
    """The payment that a link leads to, and when it was made."""

    session_id: str
    made_at: datetime

    @property
    def token(self) -> str:
        """As it is written today, whatever stood behind it and with whichever key it was signed."""
        return token(self.session_id, self.made_at)


class LinkOver(Exception):
    """It was good for seven days."""


def address(session_id: str, base_url: str, made_at: datetime) -> str:
    """The whole address of a link that is good for seven days from `made_at`; the same for the same moment.

    `base_url` is where the shop is reached, without a slash at the end. It has 42 characters more than that.
    """
    return f"{base_url}/resume/{token(session_id, made_at)}"


def token(session_id: str, made_at: datetime) -> str:
    """What stands in such an address for the payment."""
    signature = signing.signature(PURPOSE, recovery_links.signed(session_id, made_at))
    return recovery_links.token(session_id, made_at, signature)


def follow(text: str) -> Link:
    """Where a link leads, by its token.

    Raises recovery_links.NotWhole, recovery_links.NoToken (which is also one that was changed), or LinkOver.
    """
    read = recovery_links.read(text)
    for session_id in queries.beginning_with(read.beginning):
        if signing.is_signed(PURPOSE, recovery_links.signed(session_id, read.made_at), read.signature):
            if recovery_links.is_over(read.made_at, clock.now()):
                raise LinkOver
            return Link(session_id, read.made_at)
    raise recovery_links.NoToken
