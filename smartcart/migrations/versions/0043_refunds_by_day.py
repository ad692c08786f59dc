"""refunds are found by when they were made"""

from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_index("ix_refund_made", "refund", ["made_at"])


def downgrade() -> None:
    op.drop_index("ix_refund_made", "refund")
