"""refunds, and money without an order"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0004"
down_revision = "0003"

MOMENT = UTCDateTime()
REFUND_STATES = ("requested", "made", "refused")
VERDICTS = (
    "charged_twice",
    "charged_not_paid",
    "paid_not_charged",
    "amount_wrong",
    "refunded_not_here",
    "refunded_not_there",
    "late_money",
    "refunded_elsewhere",
    "refund_refused",
    "disputed",
    "dispute_lost",
)


def upgrade() -> None:
    op.create_table(
        "refund",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=True),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("state", _one_of("refundstate", REFUND_STATES), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.CheckConstraint("(session_id IS NULL) = (reference <> '')", name=op.f("ck_refund_of_a_session_or_a_charge")),
        sa.ForeignKeyConstraint(["session_id"], ["payment_session.id"], name=op.f("fk_refund_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(op.f("ix_refund_session_id"), "refund", ["session_id"])
    _create_partial_index("ix_refund_due", "refund", "due_at", "due_at IS NOT NULL")
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verdict", _one_of("verdict", VERDICTS), nullable=False),
        sa.Column("session", sa.String(255), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.String(80), nullable=False),
        sa.Column("settlement", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("verdict", "session", "reference", name=op.f("uq_finding_verdict_session_reference")),
    )
    _create_partial_index("ix_finding_open", "finding", "first_seen_at", "settled_at IS NULL")
    op.create_index("ix_finding_settled", "finding", ["settled_at"])
    op.create_table(
        "look",
        sa.Column("gateway", sa.String(20), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("seen_until", MOMENT, nullable=True),
        sa.Column("charges", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_look")),
    )
    _create_partial_index("ix_payment_session_disputed", "payment_session", "disputed_at", "disputed_at IS NOT NULL")
    _let_orders_tell_what_was_given_back()
    _bring_over_what_was_given_back()


def downgrade() -> None:
    op.execute("ALTER TABLE shop_order DROP COLUMN refunded")
    op.drop_index("ix_payment_session_disputed", "payment_session")
    for table in ("look", "finding", "refund"):
        op.drop_table(table)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_partial_index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _let_orders_tell_what_was_given_back() -> None:
    # As text, as only so SQLite takes a column with a condition of its own.
    op.execute(
        "ALTER TABLE shop_order ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0"
        " CONSTRAINT ck_shop_order_refunded_in_range CHECK (refunded = 0 OR refunded BETWEEN 1 AND amount)"
    )


def _bring_over_what_was_given_back() -> None:
    """Before, all or nothing was given back, and the session itself said that it still was to be."""
    op.execute("UPDATE payment_session SET refunded = amount WHERE state = 'refunded'")
    op.execute("UPDATE shop_order SET refunded = amount WHERE status = 'refunded'")
    op.execute(
        "INSERT INTO refund"
        " (id, session_id, reference, amount, currency, reason, actor, state, requested_at, due_at, looks)"
        " SELECT id, id, '', amount, currency, 'the order cannot be fulfilled any more', 'reconciler', 'requested',"
        " ended_at, ended_at, 0 FROM payment_session WHERE refund_due AND state = 'completed'"
    )
