"""events that have no number yet are in a table of their own, without any other index than that of the id"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TYPES = (
    "payment.opened",
    "payment.interrupted",
    "payment.checking",
    "payment.completed",
    "payment.failed",
    "payment.cancelled",
    "payment.expired",
    "payment.refunded",
    "refund.made",
    "refund.failed",
    "dispute.opened",
    "dispute.closed",
)
KEEP_UNNUMBERED = (
    "INSERT INTO unnumbered_event (event_id, type, created_at, session, merchant)"
    " SELECT event_id, type, created_at, session, merchant FROM merchant_event WHERE number IS NULL ORDER BY id"
)
PUT_UNNUMBERED_BACK = (
    "INSERT INTO merchant_event (event_id, type, created_at, session, merchant)"
    " SELECT event_id, type, created_at, session, merchant FROM unnumbered_event ORDER BY id"
)
KEEP = "CREATE TABLE event_kept AS SELECT * FROM merchant_event WHERE number IS NOT NULL"
PUT_BACK = (
    "INSERT INTO merchant_event (event_id, type, created_at, session, merchant, number)"
    " SELECT event_id, type, created_at, session, merchant, number FROM event_kept ORDER BY number"
)
HAS_NO_NUMBER = sa.text("number IS NULL")


def upgrade() -> None:
    _create("unnumbered_event", sa.Column("id", sa.Integer(), nullable=False))
    op.execute(KEEP_UNNUMBERED)
    op.execute(KEEP)
    op.drop_table("merchant_event")
    _create("merchant_event", sa.Column("number", sa.Integer(), autoincrement=False, nullable=False), "merchant")
    op.execute(PUT_BACK)
    op.drop_table("event_kept")


def downgrade() -> None:
    op.execute(KEEP)
    op.drop_table("merchant_event")
    _create("merchant_event", sa.Column("id", sa.Integer(), nullable=False))
    op.add_column("merchant_event", sa.Column("number", sa.Integer()))
    op.create_index("uq_merchant_event_number", "merchant_event", ["merchant", "number"], unique=True)
    op.create_index(
        "ix_merchant_event_unnumbered",
        "merchant_event",
        ["id"],
        sqlite_where=HAS_NO_NUMBER,
        postgresql_where=HAS_NO_NUMBER,
    )
    op.execute(PUT_BACK)
    op.execute(PUT_UNNUMBERED_BACK)
    for table in ("event_kept", "unnumbered_event"):
        op.drop_table(table)


def _create(table: str, place: sa.Column[int], *keys: str) -> None:
    op.create_table(
        table,
        sa.Column("event_id", sa.String(40), nullable=False),
        sa.Column(
            "type",
            sa.Enum(*TYPES, name="merchanteventtype", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session", sa.JSON(), nullable=False),
        sa.Column("merchant", sa.String(40), nullable=False),
        place,
        sa.PrimaryKeyConstraint(*keys, place.name, name=op.f(f"pk_{table}")),
    )
