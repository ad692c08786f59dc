"""what the bank advises after a decline"""

from alembic import op

revision = "0007"
down_revision = "0006"

# As text, as only so SQLite takes a column with a condition of its own.
COLUMNS = (
    (
        "payment_session",
        "advice",
        "VARCHAR(32) CONSTRAINT ck_payment_session_advice CHECK (advice IN ('never', 'later', 'correct'))",
    ),
    ("payment_session", "not_before", "{moment}"),
    ("kept_method", "declines", "INTEGER NOT NULL DEFAULT 0"),
    ("kept_method", "declined_since", "{moment}"),
    ("kept_method", "refused_until", "{moment}"),
)


def upgrade() -> None:
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    for table, name, definition in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition.format(moment=moment)}")


def downgrade() -> None:
    for table, name, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
