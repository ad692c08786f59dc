"""Ids that nobody guesses: what they look like, and what may be looked up."""

import re
from secrets import token_urlsafe

# 24 random bytes in URL-safe base64 (RFC 4648 §5): 192 bits, where 128 are held to be enough for a secret in an address
# (https://www.w3.org/TR/capability-urls/).
PATTERN = r"[A-Za-z0-9_-]{32}"
_ID = re.compile(PATTERN)


def new_id() -> str:
    """Returns a new one."""
    return token_urlsafe(24)


def is_id(text: str) -> bool:
    """Whether it may be one: of a session, a refund, an order's page. Anything else need not be looked up."""
    return _ID.fullmatch(text) is not None


def may_be_looked_up(text: str) -> bool:
    """Whether a database can be asked for it: PostgreSQL raises on text with a NUL, where SQLite finds nothing."""
    return text.isprintable()
