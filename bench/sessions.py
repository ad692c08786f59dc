"""Sessions on record, as many as are wanted, each with its order."""

import hashlib
import sqlite3
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event

from smartcart.database.types import UTCDateTime

# As long as those that the shop gives.
SHOPPER = "the-shopper-of-all-orders-000000"
# Number 0 is the first. All states in turn: what a session costs differs between them.
_STATES = (
    "created",
    "processing",
    "action_required",
    "checking",
    "interrupted",
    "completed",
    "failed",
    "cancelled",
    "expired",
    "refunded",
)
_NUMBERS = """
    with recursive numbers(number) as (select 0 union all select number + 1 from numbers where number < :count - 1)
"""
_ORDERS = f"""
    insert into shop_order (id, number, token, shopper, name, email, amount, currency, status, placed_at)
    {_NUMBERS}
    select number + 1, 'SC-' || cast(number + 1 as text), md5('order' || cast(number as text)), :shopper,
           'Ada Lovelace', 'ada-' || cast(number as text) || '@example.org', 4200 + number % 977, 'EUR', 'open', :now
    from numbers
"""
_SESSIONS = f"""
    insert into payment_session (
        id, owner, merchant, order_reference, order_id, amount, currency, description, pay_url, return_url,
        merchant_data, state, version, attempts, max_attempts, retries, method, gateway, created_at, expires_at,
        extensions, refusal_code, action_url, refund_due, looks
    )
    {_NUMBERS}
    select md5(cast(number as text)), :shopper, '', 'SC-' || cast(number + 1 as text), number + 1,
           4200 + number % 977, 'EUR', '',
           'http://127.0.0.1/pay/' || md5(cast(number as text)), '', '{{}}',
           case number % 10 {" ".join(f"when {number} then '{state}'" for number, state in enumerate(_STATES))} end,
           1, 1, 3, 0, 'sandbox_approve', 'sandbox', :now, :expires_at, 0, '', '', :no, 0
    from numbers
"""
# SQLite goes on after the highest by itself.
_NEXT_ORDER = "select setval(pg_get_serial_sequence('shop_order', 'id'), :count)"


def fill(url: str, count: int, expires_at: datetime = datetime(2100, 1, 1, tzinfo=UTC)) -> None:
    """Add `count` orders and their sessions to an empty database, in all states in turn and at version 1."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", teach_md5)
    moments = {"now": datetime.now(UTC), "expires_at": expires_at}
    values = {"count": count, "shopper": SHOPPER, "no": False}
    with engine.begin() as connection:
        for statement in _ORDERS, _SESSIONS:
            bound = [sa.bindparam(name, moment, UTCDateTime()) for name, moment in moments.items() if name in statement]
            connection.execute(sa.text(statement).bindparams(*bound), values)
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(_NEXT_ORDER), {"count": count})
    tidy(engine)
    engine.dispose()


def tidy(engine: Engine) -> None:
    """What a database in use has done: its rows are counted, or it reads whole tables for a few of them.

    PostgreSQL does so by itself within a minute of many changes, and clears away what they left behind.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum analyze" if engine.dialect.name == "postgresql" else "analyze"))


def identifier(number: int) -> str:
    """The id of session `number`, from 0: as scattered over the index as real ones."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def as_json(number: int) -> dict[str, Any]:
    """What the API says of session `number`."""
    state = _STATES[number % len(_STATES)]
    return {
        "id": identifier(number),
        "status": state,
        "money": "not_taken",
        "order": f"SC-{number + 1}",
        "user": SHOPPER,
        "amount": 4200 + number % 977,
        "currency": "EUR",
        "attempts": 1,
        "max_attempts": 3,
        "can_retry": state in ("created", "interrupted"),
        "retry_at": None,
        "version": 1,
        "created_at": "2026-11-22T10:00:00Z",
        "expires_at": "2100-01-01T00:00:00Z",
        "expired": False,
        "interruption": None,
        "pay_url": f"http://127.0.0.1/pay/{identifier(number)}",
    }


def teach_md5(connection: sqlite3.Connection, _: Any) -> None:
    """PostgreSQL's md5 for SQLite, so that both are filled by the same statements."""
    connection.create_function(
        "md5", 1, lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), deterministic=True
    )
