"""word of a card's issuer that a payment may be fraud"""

from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    add_value("finding", "verdict", "verdict", "fraud_warning")


def downgrade() -> None:
    op.execute("DELETE FROM finding WHERE verdict = 'fraud_warning'")
    drop_value("finding", "verdict", "verdict", "fraud_warning")
