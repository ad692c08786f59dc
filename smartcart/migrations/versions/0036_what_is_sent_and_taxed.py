"""what is sent, where to and how far it has come; the tax in prices; what was put back on the shelf"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import MinorUnits, UTCDateTime

revision = "0036"
down_revision = "0035"

COLUMNS = (
    ("product", "is_sent", "BOOLEAN NOT NULL DEFAULT false"),
    ("product", "tax_rate", "INTEGER NOT NULL DEFAULT 0"),
    ("order_line", "tax_rate", "INTEGER NOT NULL DEFAULT 0"),
    ("order_line", "restocked", "INTEGER NOT NULL DEFAULT 0"),
)


def upgrade() -> None:
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    of_sums = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE shop_order ADD COLUMN shipping {of_sums} NOT NULL DEFAULT 0")
    op.create_table(
        "shipping_price",
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("price", MinorUnits, nullable=False),
        sa.CheckConstraint("price BETWEEN 0 AND 999999999999", name=op.f("ck_shipping_price_price_in_range")),
        sa.PrimaryKeyConstraint("currency", "country", name=op.f("pk_shipping_price")),
    )
    op.create_table(
        "delivery",
        sa.Column("order_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line1", sa.String(120), nullable=False),
        sa.Column("line2", sa.String(120), nullable=False),
        sa.Column("postcode", sa.String(20), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("region", sa.String(120), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_delivery_order_id_shop_order")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_delivery")),
    )
    op.create_table(
        "delivery_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("stage", _stage(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("carrier", sa.String(80), nullable=False),
        sa.Column("tracking_url", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_delivery_step_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_step")),
    )
    op.create_index(op.f("ix_delivery_step_order_id"), "delivery_step", ["order_id"])


def downgrade() -> None:
    for table in ("delivery_step", "delivery", "shipping_price"):
        op.drop_table(table)
    op.execute("ALTER TABLE shop_order DROP COLUMN shipping")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _stage() -> sa.Enum:
    return sa.Enum("waiting", "packed", "sent", name="stage", native_enum=False, create_constraint=True, length=32)
