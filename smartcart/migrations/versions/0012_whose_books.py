"""whose books at the gateway something is in

What is there already belongs to no account until its reference was found.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = ("payment_session", "refund", "finding", "card_holder", "kept_method")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN account VARCHAR(255) NOT NULL DEFAULT ''")
    if op.get_bind().dialect.name != "sqlite":  # which holds no text against its length
        op.execute("ALTER TABLE look ALTER COLUMN gateway TYPE VARCHAR(255)")


def downgrade() -> None:
    op.execute("DELETE FROM look WHERE length(gateway) > 20")
    for table in reversed(TABLES):
        op.execute(f"ALTER TABLE {table} DROP COLUMN account")
