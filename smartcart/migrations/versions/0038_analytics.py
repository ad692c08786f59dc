"""figures of payments by day, week and month, and at what kind of device they were made

The figures of what there is so far are counted by the job that keeps them, which begins with the oldest event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("payment_event", sa.Column("device", sa.String(10), nullable=False, server_default=""))
    op.create_table(
        "analytics_figure",
        sa.Column("grain", sa.String(5), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("slice", sa.String(8), nullable=False),
        sa.Column("part", sa.String(80), nullable=False),
        sa.Column("figure", sa.String(20), nullable=False),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "grain", "begins", "slice", "part", "figure", "value", name=op.f("pk_analytics_figure")
        ),
    )
    op.create_table(
        "analytics_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics_place")),
    )


def downgrade() -> None:
    op.drop_table("analytics_place")
    op.drop_table("analytics_figure")
    op.drop_column("payment_event", "device")
