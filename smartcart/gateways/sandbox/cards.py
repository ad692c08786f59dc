"""The cards that the sandbox keeps for shoppers, in the same books as its charges.

A card is written down with the attempt that was allowed to keep it; it is kept once that attempt was charged.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from secrets import choice, token_hex
from string import ascii_lowercase

from smartcart.gateways.protocol import SavedCard

CARD_TABLES = """
create table if not exists customer (customer text primary key, shopper text not null unique);
create table if not exists card (
  token text primary key, reference text not null references reference, attempt integer not null, method text not null,
  customer text references customer, kept_at real, forgotten_at real, unique (reference, attempt));
"""
# The last four of the test cards that charge: each its own, so that a shopper can tell them apart.
LAST4 = {"sandbox_approve": "4242", "sandbox_slow": "0077", "sandbox_lost_reply": "0341", "sandbox_challenge": "3155"}
UNNAMED = "0000"
# So many years after it was kept a test card ends.
YEARS = 3


class Cards:
    """`books` is a transaction on the ledger's file, `now` tells the seconds since 1970."""

    def __init__(
        self, books: Callable[[], AbstractContextManager[sqlite3.Connection]], now: Callable[[], float]
    ) -> None:
        self._books = books
        self._now = now

    def customer(self, shopper: str) -> str:
        """The shopper's customer; the same one at every call."""
        with self._books() as books:
            added = "insert into customer values (?, ?) on conflict do nothing"
            books.execute(added, (f"sbc_{token_hex(12)}", shopper))
            return str(books.execute("select customer from customer where shopper = ?", (shopper,)).fetchone()[0])

    def allow(self, reference: str, attempt: int, method: str) -> None:
        """The shopper lets the card of this attempt be kept."""
        with self._books() as books:
            books.execute(
                "insert into card (token, reference, attempt, method) values (?, ?, ?, ?) on conflict do nothing",
                (f"sandbox_card_{_letters(20)}", reference, attempt, method),
            )

    def save_card(self, reference: str, customer: str) -> None:
        """Keep the card that a reference was charged with, if that was allowed."""
        with self._books() as books:
            books.execute(
                "update card set customer = ?, kept_at = ? where customer is null and reference = ?"
                " and attempt = (select attempt from charge where charge.reference = card.reference)",
                (customer, self._now(), reference),
            )

    def of(self, customer: str) -> tuple[SavedCard, ...]:
        """A customer's cards, the first kept first; one that was kept twice is one card."""
        with self._books() as books:
            rows = books.execute(
                "select token, method, min(kept_at) from card where customer = ? and forgotten_at is null"
                " group by method order by min(kept_at), token",
                (customer,),
            ).fetchall()
        return tuple(_shown(token, method, kept_at) for token, method, kept_at in rows)

    def forget(self, customer: str, token: str) -> bool:
        """Forget a card, however often it was kept. False when the customer has no such card."""
        with self._books() as books:
            changed = books.execute(
                "update card set forgotten_at = ? where customer = ? and forgotten_at is null"
                " and method = (select method from card where token = ? and customer = ?)",
                (self._now(), customer, token, customer),
            )
            return changed.rowcount > 0

    def method(self, customer: str, token: str) -> str | None:
        """What a kept card does when it is charged; None when the customer has no such card."""
        with self._books() as books:
            row = books.execute(
                "select method from card where token = ? and customer = ? and forgotten_at is null", (token, customer)
            ).fetchone()
        return row[0] if row else None


def _letters(count: int) -> str:
    """Letters alone: digits might look like the number of a card, which the shop refuses to be sent."""
    return "".join(choice(ascii_lowercase) for _ in range(count))


def _shown(token: str, method: str, kept_at: float) -> SavedCard:
    expires = datetime.fromtimestamp(kept_at, UTC)
    return SavedCard(token, "visa", LAST4.get(method, UNNAMED), expires.month, expires.year + YEARS)
