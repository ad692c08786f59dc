"""The sums that the sandbox has set aside, in the same books as its charges.

A hold is captured once its reference is charged, and released once that is closed. It stands as long as neither is so.
"""

import sqlite3
from datetime import UTC, datetime

HOLD_TABLE = """
create table if not exists hold (
  reference text primary key references reference, attempt integer not null, held_at real not null);
"""
# In seconds. As long as card schemes keep most sums for who pays in person at a distance:
# https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#authorization-validity-windows
LASTS = 7 * 86400.0
STANDS = (
    "not exists (select 1 from charge where charge.reference = hold.reference)"
    " and not exists (select 1 from reference where reference.reference = hold.reference and closed_at is not null)"
)
CAPTURE = (
    "insert into charge (reference, attempt, charged_at) select reference, attempt, ? from hold"  # noqa: S608  # a constant
    f" where reference = ? and {STANDS}"
)


def held_until(held_at: float) -> datetime:
    """When a sum that was set aside then (seconds since 1970) is the shopper's again by itself."""
    return datetime.fromtimestamp(held_at + LASTS, UTC)


def set_aside_due(books: sqlite3.Connection, first: str, last: str, now: float) -> None:
    """Carry out what has come due of references in this order of the alphabet: one hold for each, unless it is charged
    or closed; and what has stood for too long lapses."""
    books.execute(
        "insert into hold (reference, attempt, held_at)"
        " select reference, attempt, effective_at from request join reference using (reference)"
        " where reference between ? and ? and effect = 'charge' and set_aside and effective_at <= ?"
        " and (closed_at is null or closed_at > effective_at)"
        " and reference not in (select reference from charge) order by effective_at on conflict do nothing",
        (first, last, now),
    )
    books.execute(
        "update reference set closed_at = (select held_at + ? from hold where hold.reference = reference.reference)"  # noqa: S608  # a constant
        " where reference in"
        f" (select reference from hold where reference between ? and ? and held_at <= ? and {STANDS})",
        (LASTS, first, last, now - LASTS),
    )


def capture(books: sqlite3.Connection, reference: str, now: float) -> None:
    """Take what is set aside there, if anything is: the primary key of `charge` makes that once."""
    books.execute(CAPTURE, (now, reference))
