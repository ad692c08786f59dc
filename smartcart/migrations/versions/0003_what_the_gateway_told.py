"""what the gateway told by itself"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0003"
down_revision = "0002"

FATES = ["waiting", "applied", "not_needed", "other_shop", "other_mode", "given_up"]
WHEN_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    fate = sa.Enum(*FATES, name="fate", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "gateway_event",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("claimed_session", sa.String(length=255), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fate", fate, nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["payment_session.id"], name="fk_gateway_event_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_event"),
    )
    op.create_index(
        "ix_gateway_event_due", "gateway_event", ["due_at"], sqlite_where=WHEN_DUE, postgresql_where=WHEN_DUE
    )
    op.create_index("ix_gateway_event_received", "gateway_event", ["received_at"])
    op.create_index("ix_payment_session_reference", "payment_session", ["reference"])


def downgrade() -> None:
    op.drop_index("ix_payment_session_reference", "payment_session")
    op.drop_table("gateway_event")
