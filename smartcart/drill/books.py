"""The books of the drilled shop, the shop's and the sandbox's, read past the shop."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, create_engine, select, text

from smartcart.drill import mailbox
from smartcart.drill.judgement import Charged, OnRecord, stuck
from smartcart.drill.letters import Mail
from smartcart.drill.mailbox import Mailbox
from smartcart.gateways.sandbox.ledger import Ledger
from smartcart.payments.core.models import PaymentSession
from smartcart.rules.payment_states import AT_REST, State

PRODUCT = "drill"
# What nobody does anything more about ends when its time is over; so it is where the bank waits for a shopper.
ENDED_BY_TIME = AT_REST | {State.ACTION_REQUIRED}


class Books:
    """`database` is SQLAlchemy's address of the shop's, `ledger` the file of the sandbox's, `other_ledger` that of
    another account there."""

    def __init__(self, database: str, ledger: Path, other_ledger: Path) -> None:
        self._engine = create_engine(database)
        self._ledger = ledger
        self._other_ledger = other_ledger

    def put_on_sale(self, stock: int) -> None:
        """Something to buy; the shop does not run yet."""
        statement = (
            "insert into product (slug, name, description, price, currency, stock, picture, on_sale)"
            " values (:slug, 'Drill', '', 4200, 'EUR', :stock, '', :on_sale)"
        )
        with self._engine.begin() as connection:
            connection.execute(text(statement), {"slug": PRODUCT, "stock": stock, "on_sale": True})

    def sessions(self) -> list[OnRecord]:
        rows = self._rows(
            "select payment_session.id, merchant || ' ' || order_reference, state, refund_due and state = 'completed'"
            " or exists (select 1 from refund where session_id = payment_session.id and refund.state = 'requested'),"
            " coalesce(shop_order.status, ''), attempts, unsent, payment_session.refunded,"
            " payment_session.refund_failed,"
            " (select count(*) from payment_attempt where session_id = payment_session.id and send_by is not null)"
            " from payment_session left join shop_order on shop_order.id = order_id"
        )
        return [
            OnRecord(session, order.strip(), State(state), bool(due), *rest)
            for session, order, state, due, *rest in rows
        ]

    def charges(self) -> list[Charged]:
        books = Ledger(self._ledger, time.time)
        return [
            Charged(
                charge.session,
                charge.charged_at.timestamp(),
                charge.refunded < charge.amount,
                sum(refund.amount for refund in books.balance(charge.reference).refunds) >= charge.amount,
            )
            for charge in books.charges()
            if charge.is_taken
        ]

    def held(self) -> dict[str, float]:
        """When the sums of sessions were set aside, whatever became of them; in seconds since 1970."""
        return Ledger(self._ledger, time.time).held()

    def fail_refunds(self, sessions: Collection[str]) -> list[str]:
        """Let what was given back of these come back to the gateway; returns those of which there was something."""
        books = Ledger(self._ledger, time.time)
        return [
            charge.session
            for charge in books.charges()
            if charge.session in sessions
            for refund in books.balance(charge.reference).refunds
            if books.fail_refund(refund.key)
        ]

    def charged_elsewhere(self) -> list[str]:
        """The sessions that are charged in the books of the other account."""
        return [charge.session for charge in Ledger(self._other_ledger, time.time).charges()]

    def unsettled(self) -> int:
        """How many sessions have not come to an end."""
        return len(stuck(self.sessions()))

    def under_way(self, lifetime: float) -> int:
        """How many of them have not, but for those that a wrong clock has given more than a `lifetime` in seconds."""
        end = datetime.now(UTC) + timedelta(seconds=lifetime)
        query = select(PaymentSession.id).where(
            PaymentSession.state.in_(ENDED_BY_TIME), PaymentSession.expires_at > end
        )
        with self._engine.connect() as connection:
            waiting = set(connection.scalars(query))
        return len(stuck(session for session in self.sessions() if session.session not in waiting))

    def mails(self, where: Mailbox, killed_at: Collection[float] = ()) -> list[Mail]:
        """The letters that the shop has written, which was killed at times, and which have come there."""
        return mailbox.mails(self._engine, where, killed_at)

    def interrupted_by(self, kind: str, sessions: Collection[str]) -> int:
        """How often the trail of these sessions says so."""
        return self._number_of(sessions, "payment_event where interruption = :kind and", kind=kind)

    def unsent(self) -> int:
        """How many attempts never reached the gateway."""
        return sum(session.unsent for session in self.sessions())

    def with_gateway(self) -> int:
        """How many payments are with the gateway at this moment."""
        return int(self._rows("select count(*) from payment_session where state = 'processing'")[0][0])

    def unsettled_of(self, sessions: Collection[str]) -> int:
        """How many of these have not come to an end."""
        return len(stuck(session for session in self.sessions() if session.session in sessions))

    def letters_failed(self, sessions: Collection[str]) -> int:
        """How many letters of these sessions could not be handed over at the first try."""
        return self._number_of(sessions, "outbox where tries > 0 and")

    def letters_waiting(self) -> int:
        """How many letters are still to be carried out."""
        return mailbox.waiting(self._engine)

    def letters_at_hand(self, ahead: int) -> int:
        """How many of them are due by a clock that is so many seconds ahead, or being carried out."""
        return mailbox.at_hand(self._engine, datetime.now(UTC) + timedelta(seconds=ahead))

    def attempts(self) -> int:
        return int(self._rows("select count(*) from payment_attempt")[0][0])

    def interruptions(self) -> Mapping[str, int]:
        """How many of each kind are in the trail."""
        return self._counted(
            "select interruption, count(*) from payment_event where interruption is not null group by interruption"
        )

    def ends(self) -> Mapping[str, int]:
        """How many sessions stand in each state."""
        return self._counted("select state, count(*) from payment_session group by state")

    def ordered(self) -> Mapping[str, int]:
        """How much the orders of each status hold."""
        return self._counted(
            "select status, sum(quantity) from shop_order join order_line on order_id = shop_order.id group by status"
        )

    def stock(self) -> int:
        return int(self._rows("select sum(stock) from product")[0][0])

    def close(self) -> None:
        self._engine.dispose()

    def _number_of(self, sessions: Collection[str], which: str, **values: str) -> int:
        query = text(f"select count(*) from {which} session_id in :sessions")  # noqa: S608  # our own words
        listed = query.bindparams(bindparam("sessions", expanding=True))
        with self._engine.connect() as connection:
            return int(connection.scalar(listed, {**values, "sessions": list(sessions)}) or 0)

    def _counted(self, query: str) -> Mapping[str, int]:
        return {name: int(count) for name, count in self._rows(f"{query} order by 1")}

    def _rows(self, query: str) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(text(query)))
