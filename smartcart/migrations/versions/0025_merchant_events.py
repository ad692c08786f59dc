"""events for merchants' own systems, and how far they are numbered

A restore of an older backup may have made the table of the epoch before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

TYPES = (
    "payment.opened",
    "payment.interrupted",
    "payment.checking",
    "payment.completed",
    "payment.failed",
    "payment.cancelled",
    "payment.expired",
    "payment.refunded",
    "refund.made",
    "refund.failed",
    "dispute.opened",
    "dispute.closed",
)
HAS_NO_NUMBER = sa.text("number IS NULL")


def upgrade() -> None:
    type_of_event = sa.Enum(*TYPES, name="merchanteventtype", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "merchant_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(40), nullable=False),
        sa.Column("merchant", sa.String(40), nullable=False),
        sa.Column("type", type_of_event, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session", sa.JSON(), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_event")),
    )
    op.create_index("uq_merchant_event_number", "merchant_event", ["merchant", "number"], unique=True)
    op.create_index(
        "ix_merchant_event_unnumbered",
        "merchant_event",
        ["id"],
        sqlite_where=HAS_NO_NUMBER,
        postgresql_where=HAS_NO_NUMBER,
    )
    op.create_table(
        "merchant_feed",
        sa.Column("merchant", sa.String(40), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant", name=op.f("pk_merchant_feed")),
    )
    op.create_table(
        "feed_epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_epoch")),
        if_not_exists=True,
    )


def downgrade() -> None:
    for table in ("feed_epoch", "merchant_feed", "merchant_event"):
        op.drop_table(table)
