"""Links by which somebody comes back to a payment, on any device: how their tokens are written, and how long they hold.

A token is the beginning of the session's id, the second in which the link was made, and a signature over the whole id
and that second. So it is short enough for any mail program, and whoever has it does not have the id, which opens more.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

GOOD_FOR = timedelta(days=7)
# The code on the screen ends with the payment; so long the phone that has paid still shows how it ended.
SHOWS_THE_END_FOR = timedelta(minutes=15)
# By so many characters of its id a session is found: few of a million share them.
BEGINNING = 6
# Seconds since 1970 in four bytes, which last until 2106, are so many characters of base64 (RFC 4648 §5).
STAMP_BYTES, STAMP = 4, 6
# A signature of 128 bits.
SIGNATURE = 22
LENGTH = BEGINNING + STAMP + SIGNATURE
TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}")
# What stands behind an address in a sentence or in brackets, and is taken along by some mail programs.
BEHIND_AN_ADDRESS = ".,;:!?)>]}'\"*"


class Token(NamedTuple):
    """The parts of a token. `beginning` is that of the session's id."""

    beginning: str
    made_at: datetime
    signature: str


class NotWhole(Exception):
    """The end is missing: a mail program has cut it off, or it was copied in part."""


class NoToken(Exception):
    """It was never a token, or something was added to it."""


def token(session_id: str, made_at: datetime, signature: str) -> str:
    """Returns the token of a link that was made then; `signature` is over what `signed` returns."""
    return session_id[:BEGINNING] + _stamp(made_at) + signature


def signed(session_id: str, made_at: datetime) -> str:
    """Returns what the signature is over."""
    return f"{session_id} {_stamp(made_at)}"


def read(text: str) -> Token:
    """Returns the parts of a token as it came back, whether or not it is signed. Raises NotWhole or NoToken."""
    text = text.rstrip(BEHIND_AN_ADDRESS)
    if not TOKEN.fullmatch(text):
        raise NotWhole if len(text) < LENGTH else NoToken
    beginning, stamp, signature = text[:BEGINNING], text[BEGINNING:-SIGNATURE], text[-SIGNATURE:]
    made_at = datetime.fromtimestamp(int.from_bytes(urlsafe_b64decode(stamp + "==")), UTC)
    if _stamp(made_at) != stamp:
        raise NoToken  # the same second, written in another way
    return Token(beginning, made_at, signature)


def is_over(made_at: datetime, now: datetime) -> bool:
    """Whether a link is too old. One of a moment that is yet to come was made by a clock that was ahead, and holds."""
    return now - made_at > GOOD_FOR


def is_over_with(ended_at: datetime | None, now: datetime) -> bool:
    """Whether a code for a phone is over, of a payment that has ended then, or not yet."""
    return ended_at is not None and now - ended_at > SHOWS_THE_END_FOR


def _stamp(made_at: datetime) -> str:
    return urlsafe_b64encode(int(made_at.timestamp()).to_bytes(STAMP_BYTES)).decode().rstrip("=")
