"""that a second order of the same things was meant, orders by address, and what looks doubled"""

import sqlalchemy as sa
from alembic import op

from smartcart.migrations.more_values import add_value, drop_value

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    of_moments = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE shop_order ADD COLUMN second_meant_at {of_moments}")
    op.create_index("ix_shop_order_email", "shop_order", [sa.text("lower(email)"), "placed_at"])
    add_value("finding", "verdict", "verdict", "doubled")


def downgrade() -> None:
    op.execute("DELETE FROM finding WHERE verdict = 'doubled'")
    drop_value("finding", "verdict", "verdict", "doubled")
    op.drop_index("ix_shop_order_email", "shop_order")
    op.execute("ALTER TABLE shop_order DROP COLUMN second_meant_at")
