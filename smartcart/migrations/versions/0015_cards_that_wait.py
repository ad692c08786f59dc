"""when what the gateway did not do with a kept card is tried again"""

from alembic import op

revision = "0015"
down_revision = "0014"

COLUMNS = (("payment_session", "keep_after"), ("kept_method", "forget_after"))


def upgrade() -> None:
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    for table, name in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {moment}")


def downgrade() -> None:
    for table, name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
