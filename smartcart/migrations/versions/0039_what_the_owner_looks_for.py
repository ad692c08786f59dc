"""orders are found by their words, noted upon, and filtered; payments that are over are filtered, too

To make the indexes takes some seconds for each million of orders and payments. The words of orders from before are
taken up by a job, while the shop is open.
"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0039"
down_revision = "0038"

INDEXES = {
    "ix_shop_order_placed": ("shop_order", "placed_at", ""),
    "ix_shop_order_given_back": ("shop_order", "id", "refunded > 0"),
    "ix_payment_session_opened_at": ("payment_session", "created_at", ""),
    "ix_payment_session_given_back": ("payment_session", "created_at", "refunded > 0"),
    **{
        f"ix_payment_session_{state}": ("payment_session", "created_at, id", f"state = '{state}'")
        for state in ("cancelled", "expired", "failed", "refunded")
    },
}
ONLY_ADDED = "notes are only ever added"


def upgrade() -> None:
    for name, (table, columns, of) in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {table} ({columns})" + (f" WHERE {of}" if of else ""))
    _create_words()
    _create_notes()


def _create_words() -> None:
    word = sa.String(254).with_variant(sa.String(254, collation="C"), "postgresql")
    op.create_table(
        "search_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_word")),
        sa.UniqueConstraint("word", name=op.f("uq_search_word_word")),
    )
    op.create_table(
        "search_hit",
        sa.Column("word_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["word_id"], ["search_word.id"], name=op.f("fk_search_hit_word_id_search_word")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_search_hit_order_id_shop_order")),
        sa.PrimaryKeyConstraint("word_id", "order_id", name=op.f("pk_search_hit")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_to_index",
        sa.Column("order_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_to_index_order_id_shop_order")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_to_index")),
    )
    op.execute("INSERT INTO order_to_index (order_id) SELECT id FROM shop_order")


def _create_notes() -> None:
    op.create_table(
        "order_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_note_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_note")),
    )
    op.create_index(op.f("ix_order_note_order_id"), "order_note", ["order_id"])
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER order_note_no_{action.lower()} BEFORE {action} ON order_note"
                f" BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_notes() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{ONLY_ADDED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER order_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_note"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_notes()"
    )


def downgrade() -> None:
    for table in ("order_note", "order_to_index", "search_hit", "search_word"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_notes()")
    for name, (table, *_) in INDEXES.items():
        op.drop_index(name, table)
