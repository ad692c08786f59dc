"""payments of which the money is set aside, and not taken

The indexes of open payments are made anew. They are of few rows, but to find those the whole table is looked through:
some seconds for each million.
"""

import sqlalchemy as sa
from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0034"
down_revision = "0033"

BEFORE = "state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"
NOW = "state IN ('action_required', 'authorized', 'checking', 'created', 'interrupted', 'processing')"
OF_OPEN = {
    "uq_payment_session_open": ("UNIQUE INDEX", "merchant, order_reference"),
    "ix_payment_session_active": ("INDEX", "created_at, id"),
    "ix_payment_session_active_at_gateway": ("INDEX", "gateway, account"),
}
# Table, column, name of the constraint.
STATES = (
    ("payment_session", "state", "state"),
    ("payment_event", "before", "before"),
    ("payment_event", "after", "after"),
    ("payment_attempt", "outcome", "outcomekind"),
)
TYPES = ("unnumbered_event", "merchant_event", "webhook_delivery")


def upgrade() -> None:
    for name in ("confirm", "set_aside"):
        op.add_column("payment_attempt", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for where in STATES:
        add_value(*where, "authorized")
    for table in TYPES:
        add_value(table, "type", "merchanteventtype", "payment.authorized")
    _make_anew(NOW)
    op.execute(
        "CREATE INDEX ix_payment_session_authorized ON payment_session (created_at, id) WHERE state = 'authorized'"
    )


def downgrade() -> None:
    op.drop_index("ix_payment_session_authorized", "payment_session")
    _make_anew(BEFORE)
    for table in TYPES:
        drop_value(table, "type", "merchanteventtype", "payment.authorized")
    for where in STATES:
        drop_value(*where, "authorized")
    for name in ("set_aside", "confirm"):
        op.drop_column("payment_attempt", name)


def _make_anew(of: str) -> None:
    for name, (kind, columns) in OF_OPEN.items():
        op.drop_index(name, "payment_session")
        op.execute(f"CREATE {kind} {name} ON payment_session ({columns}) WHERE {of}")
