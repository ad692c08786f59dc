"""what was done under an idempotency key stays on record"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "effect",
        sa.Column("caller", sa.String(80), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["payment_session.id"], name="fk_effect_session_id"),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_effect"),
    )


def downgrade() -> None:
    op.drop_table("effect")
