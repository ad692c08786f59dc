"""until when an attempt that waits for a thread may be sent"""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    # Empty in all that is there, for none of them waited: neither database writes a row for that.
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE payment_attempt ADD COLUMN send_by {moment}")


def downgrade() -> None:
    op.execute("ALTER TABLE payment_attempt DROP COLUMN send_by")
