"""of many payments that need a person the newest are found, and their orders"""

from alembic import op

revision = "0047"
down_revision = "0046"

INDEXES = {
    "ix_payment_session_needs_person_opened": "created_at, id",
    "ix_payment_session_needs_person_order": "order_id",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON payment_session ({columns}) WHERE needs_person_at IS NOT NULL")


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "payment_session")
