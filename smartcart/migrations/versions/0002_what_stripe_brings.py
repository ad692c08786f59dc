"""what a gateway brings that keeps cards, gives back in part and tells by itself"""

from alembic import op

revision = "0002"
down_revision = "0001"

BEFORE = ["opened", "moved", "extended", "cancel_requested", "interrupted", "asked", "needs_person", "refund_due"]
ADDED = ["told", "refund_requested", "refund_made", "refund_refused", "disputed"]
COLUMNS = {
    "refunded": "INTEGER NOT NULL DEFAULT 0"
    " CONSTRAINT ck_payment_session_refunded_in_range CHECK (refunded = 0 OR refunded BETWEEN 1 AND amount)",
    "disputed_at": "{moment}",
    "action_secret": "VARCHAR(255) NOT NULL DEFAULT ''",
    "customer": "VARCHAR(255) NOT NULL DEFAULT ''",
    "keep_method": "BOOLEAN NOT NULL DEFAULT FALSE",
}


def upgrade() -> None:
    # As text, as only so SQLite takes a column with a condition of its own.
    moment = "DATETIME" if _is_sqlite() else "TIMESTAMP WITH TIME ZONE"
    for name, definition in COLUMNS.items():
        op.execute(f"ALTER TABLE payment_session ADD COLUMN {name} {definition.format(moment=moment)}")
    _let_events_be([*BEFORE, *ADDED])


def downgrade() -> None:
    # Events of the new kinds stay as they are told; only without any of them the old condition holds again.
    _let_events_be(BEFORE)
    for name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE payment_session DROP COLUMN {name}")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _let_events_be(kinds: list[str]) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    if _is_sqlite():
        _rebuild_events(allowed)
        return
    op.execute("ALTER TABLE payment_event DROP CONSTRAINT ck_payment_event_eventkind")
    op.execute(f"ALTER TABLE payment_event ADD CONSTRAINT ck_payment_event_eventkind CHECK (kind IN ({allowed}))")


def _rebuild_events(allowed: str) -> None:
    """A new table with the other condition, filled from the old one: SQLite changes no condition of a table it has.

    See "Making Other Kinds Of Table Schema Changes" in SQLite's documentation of ALTER TABLE.
    """
    connection = op.get_bind()
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'payment_event' ORDER BY type = 'table' DESC"
    table, *indexes_and_triggers = connection.exec_driver_sql(query).scalars().all()
    before, _, after = table.partition("CHECK (kind IN (")
    old = after.partition(")")[0]
    op.execute(
        (before + f"CHECK (kind IN ({allowed})" + after.removeprefix(old + ")")).replace(
            "payment_event", "new_event", 1
        )
    )
    op.execute("INSERT INTO new_event SELECT * FROM payment_event")
    op.execute("DROP TABLE payment_event")
    op.execute("ALTER TABLE new_event RENAME TO payment_event")
    for statement in indexes_and_triggers:
        op.execute(statement)
