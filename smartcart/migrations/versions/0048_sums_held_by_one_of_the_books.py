"""findings of sums that are set aside by one of the books alone"""

from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0048"
down_revision = "0047"

VERDICTS = ("held_not_here", "held_not_there")


def upgrade() -> None:
    for verdict in VERDICTS:
        add_value("finding", "verdict", "verdict", verdict)


def downgrade() -> None:
    for verdict in VERDICTS:
        op.execute(f"DELETE FROM finding WHERE verdict = '{verdict}'")  # noqa: S608  # a constant
        drop_value("finding", "verdict", "verdict", verdict)
