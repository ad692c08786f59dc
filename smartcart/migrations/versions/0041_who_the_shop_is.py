"""who the shop is, the pages that the law asks for, who agreed to what of them; what is to be packed"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0041"
down_revision = "0040"

TO_PACK = sa.text("status = 'paid' AND awaits_packing")


def upgrade() -> None:
    op.create_table(
        "shop_identity",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("slogan", sa.String(120), nullable=False),
        sa.Column("logo", sa.String(80), nullable=False),
        sa.Column("logo_width", sa.Integer(), nullable=False),
        sa.Column("logo_height", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_identity_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_identity")),
    )
    op.create_table(
        "legal_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", _page(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_text")),
    )
    op.create_index(op.f("ix_legal_text_page_id"), "legal_text", ["page", "id"])
    op.create_table(
        "agreement",
        sa.Column("order_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("terms_id", sa.Integer()),
        sa.Column("privacy_id", sa.Integer()),
        sa.Column("wording", sa.String(500), nullable=False),
        sa.Column("agreed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_agreement_order_id_shop_order")),
        sa.ForeignKeyConstraint(["terms_id"], ["legal_text.id"], name=op.f("fk_agreement_terms_id_legal_text")),
        sa.ForeignKeyConstraint(["privacy_id"], ["legal_text.id"], name=op.f("fk_agreement_privacy_id_legal_text")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_agreement")),
    )
    op.execute("ALTER TABLE shop_order ADD COLUMN awaits_packing BOOLEAN NOT NULL DEFAULT false")
    op.execute(
        "UPDATE shop_order SET awaits_packing = true"
        " WHERE id IN (SELECT order_id FROM delivery WHERE stage = 'waiting')"
    )
    op.create_index(op.f("ix_shop_order_to_pack"), "shop_order", ["id"], sqlite_where=TO_PACK, postgresql_where=TO_PACK)


def downgrade() -> None:
    op.drop_index(op.f("ix_shop_order_to_pack"), "shop_order")
    op.execute("ALTER TABLE shop_order DROP COLUMN awaits_packing")
    for table in ("agreement", "legal_text", "shop_identity"):
        op.drop_table(table)


def _page() -> sa.Enum:
    return sa.Enum(
        "imprint", "terms", "privacy", name="legalpage", native_enum=False, create_constraint=True, length=32
    )
