"""a shopper who cancelled too late wants the money back"""

from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE payment_session ADD COLUMN refund_wanted_at {moment}")
    add_value("finding", "verdict", "verdict", "refund_wanted")


def downgrade() -> None:
    op.execute("DELETE FROM finding WHERE verdict = 'refund_wanted'")
    drop_value("finding", "verdict", "verdict", "refund_wanted")
    op.execute("ALTER TABLE payment_session DROP COLUMN refund_wanted_at")
