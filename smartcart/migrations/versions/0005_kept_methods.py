"""ways to pay that the gateway keeps"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0005"
down_revision = "0004"

MOMENT = UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "card_holder",
        sa.Column("shopper", sa.String(64), nullable=False),
        sa.Column("gateway", sa.String(20), nullable=False),
        sa.Column("customer", sa.String(255), nullable=False),
        sa.Column("linked_at", MOMENT, nullable=True),
        sa.Column("link", sa.String(40), nullable=True),
        sa.Column("link_expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("shopper", "gateway", "customer", name=op.f("pk_card_holder")),
        sa.UniqueConstraint("link", name=op.f("uq_card_holder_link")),
    )
    op.create_index(op.f("ix_card_holder_customer"), "card_holder", ["customer"])
    op.create_table(
        "kept_method",
        sa.Column("token", sa.String(80), nullable=False),
        sa.Column("gateway", sa.String(20), nullable=False),
        sa.Column("customer", sa.String(255), nullable=False),
        sa.Column("brand", sa.String(40), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("expires_month", sa.Integer(), nullable=False),
        sa.Column("expires_year", sa.Integer(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("forgotten_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("token", "gateway", name=op.f("pk_kept_method")),
    )
    op.create_index(op.f("ix_kept_method_customer"), "kept_method", ["customer"])
    _create_partial_index(
        "ix_kept_method_to_forget", "kept_method", "removed_at", "removed_at IS NOT NULL AND forgotten_at IS NULL"
    )
    _create_partial_index("ix_payment_session_to_keep", "payment_session", "ended_at", "keep_method")


def downgrade() -> None:
    op.drop_index("ix_payment_session_to_keep", "payment_session")
    for table in ("kept_method", "card_holder"):
        op.drop_table(table)


def _create_partial_index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
