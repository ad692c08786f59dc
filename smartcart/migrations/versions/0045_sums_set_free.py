"""a payment says when the sum that was set aside was given free

Of payments before it is read from their events, which are looked through once.
"""

from alembic import op

revision = "0045"
down_revision = "0044"

FREED = "SELECT session_id, max(at) AS at FROM payment_event WHERE move IN ('released', 'lapsed') GROUP BY session_id"


def upgrade() -> None:
    # Empty in nearly all that is there: neither database writes a row for that.
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE payment_session ADD COLUMN released_at {moment}")
    op.execute(
        f"UPDATE payment_session SET released_at = freed.at FROM ({FREED}) AS freed"  # noqa: S608  # a constant
        " WHERE payment_session.id = freed.session_id"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE payment_session DROP COLUMN released_at")
