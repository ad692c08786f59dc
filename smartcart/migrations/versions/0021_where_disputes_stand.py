"""where a dispute stands, and until when it can be answered"""

from alembic import op

revision = "0021"
down_revision = "0020"

# As text, as only so SQLite takes a column with a condition of its own.
DISPUTE = "VARCHAR(32) CONSTRAINT ck_payment_session_disputestage CHECK (dispute IN ('inquiry', 'open', 'lost'))"
# Whether it is an inquiry was not written down; the next look tells.
KNOWN_SO_FAR = (
    "UPDATE payment_session SET dispute = CASE WHEN EXISTS (SELECT 1 FROM refund WHERE refund.session_id ="
    " payment_session.id AND refund.actor = 'gateway' AND refund.reason = 'a dispute was lost') THEN 'lost' ELSE 'open'"
    " END WHERE disputed_at IS NOT NULL"
)


def upgrade() -> None:
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE payment_session ADD COLUMN dispute {DISPUTE}")
    op.execute(f"ALTER TABLE payment_session ADD COLUMN answer_by {moment}")
    op.execute(KNOWN_SO_FAR)


def downgrade() -> None:
    for column in ("answer_by", "dispute"):
        op.execute(f"ALTER TABLE payment_session DROP COLUMN {column}")
