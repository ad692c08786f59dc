"""indexes of what is asked for, and no longer than it takes

They are made anew, for all sessions and the whole audit trail: some seconds for each million.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

# Table, and what it was: on what, and of which rows. Then the same as it is.
CHANGED = {
    "ix_payment_session_owner": ("payment_session", ("owner", ""), ("owner", "merchant = ''")),
    "ix_payment_session_order_id": ("payment_session", ("order_id", ""), ("order_id", "order_id IS NOT NULL")),
    "ix_payment_session_reference": ("payment_session", ("reference", ""), ("substr(reference, 22, 6)", "")),
}
TRAIL = ("payment_event", ("session_id", ""), ("substr(session_id, 1, 6)", ""))


def upgrade() -> None:
    for name, (table, _, now) in CHANGED.items():
        op.drop_index(name, table)
        _create(name, table, *now)
    table, _, now = TRAIL
    op.drop_index("ix_payment_event_session_id", table)
    _create("ix_payment_event_session", table, *now)


def downgrade() -> None:
    table, before, _ = TRAIL
    op.drop_index("ix_payment_event_session", table)
    _create("ix_payment_event_session_id", table, *before)
    for name, (table, before, _) in CHANGED.items():
        op.drop_index(name, table)
        _create(name, table, *before)


def _create(name: str, table: str, on: str, of: str) -> None:
    where = f" WHERE {of}" if of else ""
    op.execute(f"CREATE INDEX {name} ON {table} ({on}){where}")
