"""indexes of what the admin looks for

Most are of the few rows that somebody has to look after. The one by an order's number is of all sessions: to make it
takes some seconds for each million.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

IS_OPEN = "state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"
URGENCY = "(CASE WHEN verdict = 'refund_wanted' THEN 0 WHEN verdict IN ('disputed', 'fraud_warning') THEN 1 ELSE 2 END)"
STUCK = "(fate = 'given_up' OR (due_at IS NOT NULL AND tries >= 10))"
# Table, columns, and which rows are in it.
NEW = {
    **{
        f"ix_payment_session_{state}": ("payment_session", ["created_at", "id"], f"state = '{state}'")
        for state in ("action_required", "checking", "created", "interrupted", "processing")
    },
    "ix_payment_session_active_at_gateway": ("payment_session", ["gateway", "account"], IS_OPEN),
    "ix_payment_session_needs_person": ("payment_session", ["needs_person_at"], "needs_person_at IS NOT NULL"),
    "ix_payment_session_to_be_returned": (
        "payment_session",
        ["ended_at"],
        "refund_due AND state = 'completed' AND needs_person_at IS NULL",
    ),
    "ix_shop_order_paid": ("shop_order", ["id"], "status = 'paid'"),
    "ix_shop_order_unpaid": ("shop_order", ["id"], "status = 'unpaid'"),
    "ix_shop_order_refunded": ("shop_order", ["id"], "status = 'refunded'"),
    "ix_gateway_event_stuck": ("gateway_event", ["received_at"], STUCK),
}


# What they were, and what they are.
CHANGED = {
    "ix_finding_open": (
        ("finding", ["first_seen_at"], "settled_at IS NULL"),
        ("finding", [URGENCY, "first_seen_at DESC"], "settled_at IS NULL"),
    ),
    "ix_finding_settled": (("finding", ["settled_at"], ""), ("finding", ["settled_at"], "settled_at IS NOT NULL")),
    # An order's number is asked for with its merchant, and without.
    "ix_payment_session_order": (
        ("payment_session", ["merchant", "order_reference"], ""),
        ("payment_session", ["order_reference", "merchant"], ""),
    ),
}


def upgrade() -> None:
    for name, index in NEW.items():
        _create(name, *index)
    for name, (before, after) in CHANGED.items():
        op.drop_index(name, before[0])
        _create(name, *after)


def downgrade() -> None:
    for name, (before, after) in CHANGED.items():
        op.drop_index(name, after[0])
        _create(name, *before)
    for name, (table, *_) in NEW.items():
        op.drop_index(name, table)


def _create(name: str, table: str, columns: list[str], of: str) -> None:
    where = f" WHERE {of}" if of else ""
    op.execute(f"CREATE INDEX {name} ON {table} ({', '.join(columns)}){where}")
