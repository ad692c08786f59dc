"""PostgreSQL: how a connection is made, what the server is told over it, and what changes behind a pooler.

A pooler such as PgBouncer in transaction mode hands a connection to another server process with each transaction. What
is said over it for longer than that, a setting or a prepared statement, then holds for strangers, and not for us.

psycopg is loaded by SQLAlchemy, where the address says PostgreSQL: a shop on SQLite does without its 11 MB.
"""

import select
import sqlite3
from typing import TYPE_CHECKING, Any, TypeGuard

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DisconnectionError

if TYPE_CHECKING:
    import psycopg

# Where the address does not say otherwise.
CONNECTING = {
    # Seconds for each host of the address. One that is well answers within one; a shopper should hear before they
    # give up, also when the first of two hosts is gone.
    "connect_timeout": 5,
    # A server whose machine is gone says nothing. What was sent and not even received within 10 s (milliseconds), or a
    # silence of 10 s in which two more questions (seconds apart) went unheard, is the end of the connection: the
    # system itself would wait for a quarter of an hour, and 2 hours.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
# What the server is told.
SETTINGS = {
    # All here relies on it: what waited for a row reads it as it is when its turn has come.
    "default_transaction_isolation": "read committed",
    "lock_timeout": "10s",  # as long as SQLite waits for the one who writes
    # Transactions here take milliseconds. Who holds rows and does nothing for so long was stopped, or its machine is
    # gone; nobody may pay until the rows are let go.
    "idle_in_transaction_session_timeout": "30s",
}
# For the whole connection, or where another process answers than the one that was greeted, for this transaction alone.
_TELL_ONCE = (
    "SELECT set_config(name, value, pg_backend_pid() <> %s), pg_backend_pid()"
    " FROM unnest(%s::text[], %s::text[]) AS given (name, value)"
)
_TELL_AGAIN = "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS given (name, value)"
# feature_not_supported: "cached plan must not change result type". A column of a table has become another since.
_STALE_PLAN = "0A000"
# Of a connection of the pool: nobody has used it yet.
_NEW = "new"
# Of one behind a pooler.
_POOLED = "pooled"


def is_at_postgresql(connection: object) -> TypeGuard["psycopg.Connection[Any]"]:
    """Whether this connection of a driver's leads to PostgreSQL, and not to SQLite: there are no others."""
    return not isinstance(connection, sqlite3.Connection)


def is_pooled(connection: Connection) -> bool:
    """Whether there is a pooler between us and the server: nothing may then outlast a transaction."""
    return _POOLED in connection.info


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:
    if not is_at_postgresql(connection):
        return
    record.info[_NEW] = True
    # What psycopg has prepared it drops again with each rollback, and with it all that `libpq` has prepared.
    connection.prepare_threshold = None
    greeted_by = connection.info.backend_pid
    rows = connection.execute(_TELL_ONCE, [greeted_by, list(SETTINGS), list(SETTINGS.values())]).fetchall()
    connection.commit()
    # PgBouncer greets with a number of its own making (https://www.postgresql.org/docs/current/protocol-flow.html, on
    # BackendKeyData), so that two in 4,294,967,296 would not be noticed.
    if rows[0][1] != greeted_by:
        from psycopg import IsolationLevel

        record.info[_POOLED] = True
        connection.isolation_level = IsolationLevel.READ_COMMITTED


@event.listens_for(Engine, "begin")
def _tell_again(connection: Connection) -> None:
    if is_pooled(connection):
        connection.exec_driver_sql(_TELL_AGAIN, (list(SETTINGS), list(SETTINGS.values())))


@event.listens_for(Engine, "checkout")
def _refuse_ended(connection: Any, record: Any, proxy: Any) -> None:
    """A connection that the server has ended while nobody used it is replaced by a new one, once: where the new one is
    ended as quickly, the question fails, as the shop expects of a database that is away.

    Its end is there to be read. Asking the server (pool_pre_ping) finds no more, and costs a fifth of a millisecond.
    """
    if is_at_postgresql(connection) and not record.info.pop(_NEW, False) and _has_ended(connection):
        raise DisconnectionError


@event.listens_for(Engine, "handle_error")
def _leave_stale_plans(context: ExceptionContext) -> None:
    """What was prepared before a table was changed never fits again: its connection is given up, with its pool."""
    if getattr(context.original_exception, "sqlstate", None) == _STALE_PLAN:
        context.is_disconnect = True


def _has_ended(connection: "psycopg.Connection[Any]") -> bool:
    if connection.closed:
        return True
    at_rest = select.poll()
    at_rest.register(connection.fileno(), select.POLLIN)
    return bool(at_rest.poll(0))
