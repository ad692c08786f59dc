"""the first tables"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0001"
down_revision = None

TABLES = [
    "payment_event",
    "payment_attempt",
    "payment_session",
    "order_line",
    "cart_line",
    "shop_order",
    "product",
    "picture",
    "kept_answer",
    "api_key",
    "admin",
]


def upgrade() -> None:
    _create_tables()
    _make_the_trail_append_only()


def _make_the_trail_append_only() -> None:
    """Events are only ever added; the database itself refuses the rest."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER payment_event_no_{action.lower()} BEFORE {action} ON payment_event"
                " BEGIN SELECT RAISE(ABORT, 'the audit trail is only ever added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER payment_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_event"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_tables() -> None:
    op.create_table(
        "admin",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_admin")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
    )
    op.create_table(
        "kept_answer",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kept_at", UTCDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_kept_answer")),
    )
    with op.batch_alter_table("kept_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_answer_kept_at"), ["kept_at"], unique=False)

    op.create_table(
        "picture",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_picture")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("picture", sa.String(length=200), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price BETWEEN 1 AND 99999999", name=op.f("ck_product_price_in_range")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_product_stock_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )
    op.create_table(
        "shop_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("shopper", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "paid",
                "unpaid",
                "refunded",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("placed_at", UTCDateTime(), nullable=False),
        sa.Column("paid_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("amount BETWEEN 1 AND 99999999", name=op.f("ck_shop_order_amount_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order")),
        sa.UniqueConstraint("number", name=op.f("uq_shop_order_number")),
        sa.UniqueConstraint("token", name=op.f("uq_shop_order_token")),
    )
    with op.batch_alter_table("shop_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_order_shopper"), ["shopper"], unique=False)

    op.create_table(
        "cart_line",
        sa.Column("shopper", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_line_quantity_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_cart_line_product_id")),
        sa.PrimaryKeyConstraint("shopper", "product_id", name=op.f("pk_cart_line")),
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_order_line_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_line_order_id"), ["order_id"], unique=False)

    op.create_table(
        "payment_session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("merchant", sa.String(length=40), nullable=False),
        sa.Column("order_reference", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("pay_url", sa.String(length=500), nullable=False),
        sa.Column("return_url", sa.String(length=2000), nullable=False),
        sa.Column("merchant_data", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "processing",
                "action_required",
                "checking",
                "interrupted",
                "completed",
                "failed",
                "cancelled",
                "expired",
                "refunded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("cancel_requested_at", UTCDateTime(), nullable=True),
        sa.Column(
            "interruption",
            sa.Enum(
                "timeout",
                "network_error",
                "browser_closed",
                "gateway_error",
                "crash",
                name="interruption",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("interrupted_at", UTCDateTime(), nullable=True),
        sa.Column("refusal_code", sa.String(length=80), nullable=False),
        sa.Column("action_url", sa.String(length=2000), nullable=False),
        sa.Column("retry_at", UTCDateTime(), nullable=True),
        sa.Column("refund_due", sa.Boolean(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("needs_person_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("amount BETWEEN 1 AND 99999999", name=op.f("ck_payment_session_amount_in_range")),
        sa.CheckConstraint("attempts BETWEEN 0 AND max_attempts", name=op.f("ck_payment_session_attempts_in_range")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_payment_session_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_session")),
    )
    with op.batch_alter_table("payment_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_session_active",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"),
            postgresql_where=sa.text(
                "state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"
            ),
        )
        batch_op.create_index("ix_payment_session_order", ["merchant", "order_reference"], unique=False)
        batch_op.create_index("ix_payment_session_ended", ["ended_at"], unique=False)
        batch_op.create_index(
            "ix_payment_session_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_payment_session_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('created', 'interrupted')"),
            postgresql_where=sa.text("state IN ('created', 'interrupted')"),
        )
        batch_op.create_index(batch_op.f("ix_payment_session_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_session_owner"), ["owner"], unique=False)
        batch_op.create_index(
            "uq_payment_session_open",
            ["merchant", "order_reference"],
            unique=True,
            sqlite_where=sa.text("state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"),
            postgresql_where=sa.text(
                "state IN ('action_required', 'checking', 'created', 'interrupted', 'processing')"
            ),
        )

    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "approved",
                "declined",
                "action_required",
                "pending",
                "not_charged",
                "unreachable",
                "unknown",
                name="outcomekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "interruption",
            sa.Enum(
                "timeout",
                "network_error",
                "browser_closed",
                "gateway_error",
                "crash",
                name="interruption",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("deadline_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("number BETWEEN 1 AND max_attempts", name=op.f("ck_payment_attempt_number_in_range")),
        sa.ForeignKeyConstraint(["session_id"], ["payment_session.id"], name=op.f("fk_payment_attempt_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_payment_attempt_session_id_number")),
    )
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payment_attempt_undecided",
            ["session_id"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "payment_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "moved",
                "extended",
                "cancel_requested",
                "interrupted",
                "asked",
                "needs_person",
                "refund_due",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "created",
                "processing",
                "action_required",
                "checking",
                "interrupted",
                "completed",
                "failed",
                "cancelled",
                "expired",
                "refunded",
                name="before",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "created",
                "processing",
                "action_required",
                "checking",
                "interrupted",
                "completed",
                "failed",
                "cancelled",
                "expired",
                "refunded",
                name="after",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column(
            "interruption",
            sa.Enum(
                "timeout",
                "network_error",
                "browser_closed",
                "gateway_error",
                "crash",
                name="interruption",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["payment_session.id"], name=op.f("fk_payment_event_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
    )
    with op.batch_alter_table("payment_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_event_session_id"), ["session_id"], unique=False)
        batch_op.create_index(
            "ix_payment_event_interruption",
            ["at"],
            unique=False,
            sqlite_where=sa.text("interruption IS NOT NULL"),
            postgresql_where=sa.text("interruption IS NOT NULL"),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
