"""The link by which somebody comes to one payment, from a mail or by a code, on any device, and to nothing else.

It is signed and not kept: the session is on record, and the token proves itself.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from smartcart import clock
from smartcart.payments.core import queries
from smartcart.rules import recovery_links
from smartcart.web import signing


class Purpose(StrEnum):
    """What a link is for, and its signature: what is signed for anything else is no link."""

    LETTER = "link to a payment"
    PHONE = "code of a payment, for a phone"


class Link(NamedTuple):
    """The payment that a link leads to, and when it was made."""

    session_id: str
    made_at: datetime
    purpose: Purpose = Purpose.LETTER

    @property
    def token(self) -> str:
        """As it is written today, whatever stood behind it and with whichever key it was signed."""
        return token(*self)


class LinkOver(Exception):
    """It was good for seven days; that for a phone for as long as the payment was open, and a little while."""

    def __init__(self, purpose: Purpose) -> None:
        self.purpose = purpose
        super().__init__(purpose)


def address(session_id: str, base_url: str, made_at: datetime) -> str:
    """The whole address of a link that is good for seven days from `made_at`; the same for the same moment.

    `base_url` is where the shop is reached, without a slash at the end. It has 42 characters more than that.
    """
    return f"{base_url}/resume/{token(session_id, made_at)}"


def token(session_id: str, made_at: datetime, purpose: Purpose = Purpose.LETTER) -> str:
    """What stands in such an address for the payment."""
    signature = signing.signature(purpose, recovery_links.signed(session_id, made_at))
    return recovery_links.token(session_id, made_at, signature)


def follow(text: str) -> Link:
    """Where a link leads, by its token.

    Raises recovery_links.NotWhole, recovery_links.NoToken (which is also one that was changed), or LinkOver.
    """
    read = recovery_links.read(text)
    for session_id in queries.beginning_with(read.beginning):
        for purpose in Purpose:
            if signing.is_signed(purpose, recovery_links.signed(session_id, read.made_at), read.signature):
                return _still_good(Link(session_id, read.made_at, purpose))
    raise recovery_links.NoToken


def _still_good(link: Link) -> Link:
    if link.purpose is Purpose.PHONE:
        is_over = recovery_links.is_over_with(queries.ended_at(link.session_id), clock.now())
    else:
        is_over = recovery_links.is_over(link.made_at, clock.now())
    if is_over:
        raise LinkOver(link.purpose)
    return link
