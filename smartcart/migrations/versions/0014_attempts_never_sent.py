"""how many attempts of a session never reached the gateway"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # As text, as only so SQLite takes a column with a condition of its own.
    op.execute(
        "ALTER TABLE payment_session ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0"
        " CONSTRAINT ck_payment_session_unsent_in_range CHECK (unsent = 0 OR unsent BETWEEN 1 AND attempts)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE payment_session DROP COLUMN unsent")
