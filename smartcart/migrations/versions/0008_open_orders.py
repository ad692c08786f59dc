"""an index of the orders that hold stock"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

IS_OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_index("ix_shop_order_open", "shop_order", ["id"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)


def downgrade() -> None:
    op.drop_index("ix_shop_order_open", "shop_order")
