"""when a refund took each of its steps, and how the shopper's bank finds it"""

from alembic import op

revision = "0031"
down_revision = "0030"

COLUMNS = {
    "trace_number": "VARCHAR(255) NOT NULL DEFAULT ''",
    "trace_kind": "VARCHAR(40) NOT NULL DEFAULT ''",
    "trace_expected": "BOOLEAN NOT NULL DEFAULT false",
    "is_reversal": "BOOLEAN NOT NULL DEFAULT false",
}
MOMENTS = ("accepted_at", "made_at")


def upgrade() -> None:
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    for column, kind in {**dict.fromkeys(MOMENTS, moment), **COLUMNS}.items():
        op.execute(f"ALTER TABLE refund ADD COLUMN {column} {kind}")
    # When what has failed since was made is not on record.
    op.execute("UPDATE refund SET accepted_at = settled_at, made_at = settled_at WHERE state = 'made'")


def downgrade() -> None:
    for column in (*COLUMNS, *MOMENTS):
        op.execute(f"ALTER TABLE refund DROP COLUMN {column}")
