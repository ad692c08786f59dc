"""refunds that are under way for long, and those that fail after they were made"""

from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0020"
down_revision = "0019"

NEW = (
    ("refund", "state", "refundstate", "failed"),
    ("finding", "verdict", "verdict", "refund_failed"),
    ("payment_event", "kind", "eventkind", "refund_failed"),
)
# What was asked for and is not known yet, and what the gateway refused of money that is still with the shop.
PENDING = (
    "UPDATE payment_session SET refund_pending = coalesce((SELECT sum(amount) FROM refund"
    " WHERE refund.session_id = payment_session.id AND refund.state = 'requested'), 0)"
    " WHERE id IN (SELECT session_id FROM refund WHERE state = 'requested')"
)


def upgrade() -> None:
    for column in ("refund_pending", "refund_failed"):
        op.execute(f"ALTER TABLE payment_session ADD COLUMN {column} BIGINT NOT NULL DEFAULT 0")
    op.execute(
        "ALTER TABLE refund ADD COLUMN origin VARCHAR(32) NOT NULL DEFAULT 'shop'"
        " CONSTRAINT ck_refund_refundorigin CHECK (origin IN ('shop', 'gateway', 'dispute'))"
    )
    op.execute("ALTER TABLE refund ADD COLUMN pending_reason VARCHAR(40) NOT NULL DEFAULT ''")
    op.execute("UPDATE refund SET origin = 'gateway' WHERE actor = 'gateway'")
    op.execute("UPDATE refund SET origin = 'dispute' WHERE actor = 'gateway' AND reason = 'a dispute was lost'")
    op.execute(PENDING)
    for new in NEW:
        add_value(*new)


def downgrade() -> None:
    """What failed was refused, in the words of before. Only without any event of it the old condition holds again."""
    op.execute("UPDATE refund SET state = 'refused' WHERE state = 'failed'")
    op.execute("DELETE FROM finding WHERE verdict = 'refund_failed'")
    for new in NEW:
        drop_value(*new)
    for column in ("pending_reason", "origin"):
        op.execute(f"ALTER TABLE refund DROP COLUMN {column}")
    for column in ("refund_failed", "refund_pending"):
        op.execute(f"ALTER TABLE payment_session DROP COLUMN {column}")
