"""how many letters that nobody needs an address has had"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("letter", sa.String(60), nullable=False),
        sa.Column("address_hash", sa.String(16), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("letter", name=op.f("pk_reminder")),
    )
    for column in ("address_hash", "at"):
        op.create_index(op.f(f"ix_reminder_{column}"), "reminder", [column])


def downgrade() -> None:
    op.drop_table("reminder")
