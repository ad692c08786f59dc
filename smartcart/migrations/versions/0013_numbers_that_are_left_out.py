"""numbers that are left out

A restore of an older backup may have made the table before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "order_numbering",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_numbering")),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("order_numbering")
