"""who wants no letters that are not needed, and what the owner is to be told"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0030"
down_revision = "0029"

MOMENT = UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "unsubscribed",
        sa.Column("address_hash", sa.String(16), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_unsubscribed")),
    )
    op.create_table(
        "unsubscribe_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscribe_key")),
    )
    op.create_table(
        "owner_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("letter", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_notice")),
    )
    op.create_index("ix_owner_notice_letter", "owner_notice", ["letter"])


def downgrade() -> None:
    op.drop_index("ix_owner_notice_letter", "owner_notice")
    op.drop_table("owner_notice")
    op.drop_table("unsubscribe_key")
    op.drop_table("unsubscribed")
