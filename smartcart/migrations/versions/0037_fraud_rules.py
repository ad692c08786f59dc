"""what is remembered of attempts for the fraud rules, the rules themselves, and what they did in the audit trail"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import MinorUnits, UTCDateTime
from smartcart.migrations.more_values import add_value, drop_value

revision = "0037"
down_revision = "0036"

HASH = sa.String(16)
HASHED = ("shopper", "email", "address", "card")
KIND = ("payment_event", "kind", "eventkind", "judged")


def upgrade() -> None:
    add_value(*KIND)
    op.create_table(
        "fraud_sighting",
        sa.Column("attempt_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        *(sa.Column(name, HASH, nullable=True) for name in HASHED),
        sa.Column("amount", MinorUnits, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("outcome", _outcome(), nullable=True),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("never", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_fraud_sighting")),
    )
    for name in HASHED:
        op.create_index(f"ix_fraud_sighting_{name}", "fraud_sighting", [name, "at"])
    op.create_index("ix_fraud_sighting_at", "fraud_sighting", ["at"])
    op.create_table(
        "fraud_card",
        sa.Column("token", HASH, nullable=False),
        sa.Column("card", HASH, nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_fraud_card")),
    )
    op.create_index(op.f("ix_fraud_card_seen_at"), "fraud_card", ["seen_at"])
    op.create_table(
        "fraud_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("by", _one_of("by", "shopper", "email", "address", "card", "shop"), nullable=False),
        sa.Column("measure", _measure(), nullable=False),
        sa.Column("number", MinorUnits, nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.Column("action", _one_of("action", "note", "slow", "confirm", "hold", "refuse"), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("strangers", sa.Boolean(), nullable=False),
        sa.Column("smallest", MinorUnits, nullable=False),
        sa.Column("largest", MinorUnits, nullable=False),
        sa.Column("countries", sa.String(1000), nullable=False),
        sa.Column("codes", sa.String(1000), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_fraud_rule_number_in_range")),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name=op.f("ck_fraud_rule_share_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_rule")),
    )


def downgrade() -> None:
    """Only without any event of what a rule did the old condition holds again."""
    for table in ("fraud_rule", "fraud_card", "fraud_sighting"):
        op.drop_table(table)
    drop_value(*KIND)


def _outcome() -> sa.Enum:
    return _one_of(
        "outcomekind",
        "approved",
        "authorized",
        "declined",
        "action_required",
        "pending",
        "not_charged",
        "unreachable",
        "unknown",
    )


def _measure() -> sa.Enum:
    return _one_of("measure", "attempts", "declines", "cards", "declined_cards", "shoppers", "countries", "sum")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
