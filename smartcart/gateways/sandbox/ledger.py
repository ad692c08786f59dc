"""The sandbox's own books, in their own SQLite file, apart from the shop's.

A request is written down with the moment at which it takes effect. Whoever looks after that moment finds it done, so
the sandbox goes on like a remote party when the process that asked it is killed in the middle.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from smartcart.gateways.books import AUTHORIZED, Balance, Charge, RefundAnswer, RefundInBooks
from smartcart.gateways.sandbox import holds
from smartcart.gateways.sandbox.cards import CARD_TABLES, Cards
from smartcart.gateways.sandbox.connections import PATIENCE, Connections
from smartcart.gateways.sandbox.holds import HOLD_TABLE
from smartcart.gateways.sandbox.requests import Effect, Request, Standing
from smartcart.gateways.sandbox.tables import TABLES, add_what_older_books_lack
from smartcart.wal import turn_on_wal

# Holds are few. Left to itself, SQLite looks for one with each reference, for a fifth of the time that all of it takes;
# what is on the left of a cross join is read first (https://www.sqlite.org/optoverview.html, on CROSS JOIN).
CHARGES = """
select reference, session, attempt, reference.amount, currency, charged_at, refunded, status, order_name, 0
from charge join reference using (reference) left join dispute using (reference) {}
union all select reference, session, attempt, amount, currency, held_at, 0, null, order_name, 1
from hold cross join reference using (reference) where held_at >= :since and {} order by session
"""
SINCE = """
max(charged_at, coalesce(disputed_at, 0), coalesce((select max(max(refunded_at, coalesce(failed_at, 0))) from refund
where refund.reference = charge.reference), 0)) >= :since
"""
# Whether no other attempt can come to anything.
IS_OVER = """
select 1 from reference where reference = ? and (closed_at is not null
or exists (select 1 from charge where charge.reference = reference.reference)
or exists (select 1 from hold where hold.reference = reference.reference))
"""
# Behind every reference in the order of the alphabet.
BEHIND_ALL = "~"


class Ledger:
    """One file of books. `now` tells the seconds since 1970."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self.path = path
        self.now = now
        self._connections = Connections(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connections.open()) as connection:
            turn_on_wal(connection, PATIENCE)
            connection.executescript(TABLES + HOLD_TABLE + CARD_TABLES)
            add_what_older_books_lack(connection)
            connection.execute("insert into book (id, one) values (?, 1) on conflict do nothing", (token_hex(8),))
            # What tells these books from all others, for as long as there are any.
            self.id = str(connection.execute("select id from book").fetchone()[0])
            connection.commit()
        self.cards = Cards(self._writing, now)

    def open(self, session: str, amount: int, currency: str, order: str = "") -> str:
        """The session's reference; the same one at every call. `order` is what is written on it for people."""
        fresh = f"sb_{token_hex(12)}"
        with self._connections.writing() as books:  # whatever is due makes no difference to it
            books.execute(
                "insert into reference (reference, session, amount, currency, order_name) values (?, ?, ?, ?, ?)"
                " on conflict do nothing",
                (fresh, session, amount, currency, order),
            )
            return str(books.execute("select reference from reference where session = ?", (session,)).fetchone()[0])

    def request(self, reference: str, attempt: int, request: Request) -> None:
        """Write an attempt down; it ends what the bank was asked for an earlier one. Sent again, the first counts."""
        with self._writing(reference) as books:
            if self._is_over(books, reference):
                return
            books.execute(
                "update request set effect = ? where reference = ? and attempt < ? and effect = ?",
                (Effect.NOTHING, reference, attempt, Effect.CHALLENGE),
            )
            books.execute(
                "insert into request (reference, attempt, effect, effective_at, code, return_url, set_aside)"
                " values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                (reference, attempt, *astuple(request)),
            )

    def answer_challenge(self, reference: str, attempt: int, confirmed: bool) -> bool:
        """The shopper's word at the bank. False when the bank no longer asks."""
        effect, code = (Effect.CHARGE, "") if confirmed else (Effect.DECLINE, "authentication_refused")
        with self._writing(reference) as books:
            if self._is_over(books, reference):
                return False
            changed = books.execute(
                "update request set effect = ?, code = ?, effective_at = ?"
                " where reference = ? and attempt = ? and effect = ?",
                (effect, code, self.now(), reference, attempt, Effect.CHALLENGE),
            )
            return changed.rowcount == 1

    def withdraw(self, reference: str, attempt: int) -> None:
        """The bank no longer asks about this attempt; one that has not arrived does nothing when it does."""
        with self._writing(reference) as books:
            books.execute(
                "insert into request (reference, attempt, effect, code, return_url) values (?, ?, ?, '', '')"
                " on conflict do nothing",
                (reference, attempt, Effect.NOTHING),
            )
            books.execute(
                "update request set effect = ? where reference = ? and attempt = ? and effect = ?",
                (Effect.NOTHING, reference, attempt, Effect.CHALLENGE),
            )

    def close(self, reference: str) -> bool:
        """No charge may come any more. False when one has come, or is already under way."""
        with self._writing(reference) as books:
            if self._charged(books, reference) or self._under_way(books, reference):
                return False
            books.execute(
                "update reference set closed_at = ? where reference = ? and closed_at is null", (self.now(), reference)
            )
            return True

    def capture(self, reference: str) -> None:
        """Take what is set aside, if anything is."""
        with self._writing(reference) as books:
            holds.capture(books, reference, self.now())

    def refund(self, reference: str, amount: int, key: str) -> bool:
        """So much given back, once for each key. False when that is more than is left of the charge, or there is none.

        Anybody may do so who knows the reference, as on the pages that a gateway has of its own.
        """
        with self._writing(reference) as books:
            if made := books.execute("select failed_at from refund where key = ?", (key,)).fetchone():
                return made[0] is None
            changed = books.execute(
                "update charge set refunded = refunded + ? where reference = ? and refunded + ?"
                " <= (select amount from reference where reference.reference = charge.reference)",
                (amount, reference, amount),
            )
            if changed.rowcount == 1:
                made = "insert into refund (key, reference, amount, refunded_at) values (?, ?, ?, ?)"
                books.execute(made, (key, reference, amount, self.now()))
            return changed.rowcount == 1

    def fail_refund(self, key: str) -> bool:
        """What was given back comes back, as when the shopper's bank does not take it. False when there is no such
        refund, or it has failed before."""
        with self._writing() as books:
            failed = "update refund set failed_at = ? where key = ? and failed_at is null returning reference, amount"
            row = books.execute(failed, (self.now(), key)).fetchone()
            if row:
                books.execute("update charge set refunded = refunded - ? where reference = ?", (row[1], row[0]))
            return row is not None

    def dispute(self, reference: str, amount: int, status: str = "open") -> None:
        """The shopper's bank asks for so much of a charge back; later the same is `won` by the shop, or `lost`."""
        with self._writing(reference) as books:
            books.execute(
                "insert into dispute values (?, ?, ?, ?)"
                " on conflict (reference) do update set amount = excluded.amount, status = excluded.status",
                (reference, amount, status, self.now()),
            )

    def balance(self, reference: str) -> Balance:
        """What was charged and given back by now."""
        with self._writing(reference) as books:
            row = books.execute(
                "select reference.amount, refunded, dispute.amount, status"
                " from charge join reference using (reference) left join dispute using (reference) where reference = ?",
                (reference,),
            ).fetchone()
            refunds = books.execute(
                "select key, amount, failed_at from refund where reference = ? order by refunded_at, rowid",
                (reference,),
            ).fetchall()
        charged, refunded, disputed, status = row or (0, 0, 0, "")
        return Balance(
            charged,
            refunded,
            disputed if status == "open" else 0,
            disputed if status == "lost" else 0,
            refunds=tuple(_in_books(*refund) for refund in refunds),
        )

    def is_charged(self, reference: str) -> bool:
        with self._writing(reference) as books:
            return self._charged(books, reference)

    def is_closed(self, reference: str) -> bool:
        with self._writing(reference) as books:
            row = books.execute("select closed_at from reference where reference = ?", (reference,)).fetchone()
            return row is not None and row[0] is not None

    def knows(self, reference: str) -> bool:
        """Whether it was opened in these books."""
        with self._connections.reading() as books:
            return books.execute("select 1 from reference where reference = ?", (reference,)).fetchone() is not None

    def total(self, reference: str) -> tuple[int, str]:
        """What a reference that was opened is for: minor units and their currency."""
        with self._connections.reading() as books:
            query = "select amount, currency from reference where reference = ?"
            amount, currency = books.execute(query, (reference,)).fetchone()
        return amount, currency

    def find(self, reference: str, attempt: int) -> Standing | None:
        """How a reference stands, with what is written of an attempt; None when it was not opened in these books."""
        with self._writing(reference) as books:
            row = books.execute(
                "select charge.reference is not null, closed_at is not null, held_at, effect, effective_at, code,"
                " return_url, set_aside from reference left join charge using (reference)"
                " left join hold using (reference)"
                " left join request on request.reference = reference.reference and request.attempt = ?"
                " where reference.reference = ?",
                (attempt, reference),
            ).fetchone()
        if row is None:
            return None
        is_charged, is_closed, held_at, effect, *more = row
        asked_for = Request(Effect(effect), *more) if effect else None
        return Standing(bool(is_charged), bool(is_closed), asked_for, held_at)

    def charges(self, since: float = 0) -> Iterator[Charge]:
        """Every charge that was made, given back or disputed since then (seconds since 1970), by session."""
        with self._writing():
            pass  # what has come due is charged now
        with closing(self._connections.open()) as books:
            rows = books.execute(CHARGES.format(f"where {SINCE}" if since else "", holds.STANDS), {"since": since})
            yield from map(_charge, rows)

    def held(self) -> dict[str, float]:
        """When the sum of each session was set aside of which it ever was (seconds since 1970)."""
        with self._writing() as books:
            return dict(books.execute("select session, held_at from hold join reference using (reference)").fetchall())

    def end(self) -> None:
        """This process is to end; what it still writes down leaves a file that may be copied by itself."""
        self._connections.keep_none()

    @contextmanager
    def _writing(self, reference: str = "") -> Iterator[sqlite3.Connection]:
        """A transaction that first carries out what has come due. To read what that may change is to write, therefore.

        Who looks at one `reference` needs only what is due of that: all the books are looked through for nobody else.
        """
        with self._connections.writing() as connection:
            self._carry_out_due(connection, reference)
            yield connection

    def _carry_out_due(self, books: sqlite3.Connection, reference: str) -> None:
        """One charge per reference, whatever was requested: the primary key of `charge` is the promise."""
        books.execute(
            "insert into charge (reference, attempt, charged_at)"
            " select reference, attempt, effective_at from request join reference using (reference)"
            " where reference between ? and ? and effect = ? and not set_aside and effective_at <= ?"
            " and (closed_at is null or closed_at > effective_at) order by effective_at on conflict do nothing",
            (reference, reference or BEHIND_ALL, Effect.CHARGE, self.now()),
        )
        holds.set_aside_due(books, reference, reference or BEHIND_ALL, self.now())

    def _is_over(self, books: sqlite3.Connection, reference: str) -> bool:
        return books.execute(IS_OVER, (reference,)).fetchone() is not None

    def _charged(self, books: sqlite3.Connection, reference: str) -> bool:
        return books.execute("select 1 from charge where reference = ?", (reference,)).fetchone() is not None

    def _under_way(self, books: sqlite3.Connection, reference: str) -> bool:
        found = books.execute(
            "select 1 from request where reference = ? and effect = ? and effective_at > ?",
            (reference, Effect.CHARGE, self.now()),
        ).fetchone()
        return found is not None


def _charge(row: tuple[Any, ...]) -> Charge:
    reference, session, attempt, amount, currency, charged_at, refunded, dispute, order, is_held = row
    status = AUTHORIZED if is_held else "refunded" if refunded >= amount else "charged"
    charged = datetime.fromtimestamp(charged_at, UTC)
    return Charge(reference, session, attempt, amount, currency, status, charged, refunded, dispute is not None, order)


def _in_books(key: str, amount: int, failed_at: float | None) -> RefundInBooks:
    return RefundInBooks(key, key, amount, RefundAnswer.REFUSED if failed_at else RefundAnswer.MADE)
