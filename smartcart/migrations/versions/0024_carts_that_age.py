"""since when a line of a cart is as it is"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("cart_line", sa.Column("changed_at", sa.DateTime(timezone=True)))
    # What lies in carts by now is as old as this, for nobody knows better.
    now = sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))
    op.get_bind().execute(sa.text("UPDATE cart_line SET changed_at = :now").bindparams(now))
    op.create_index("ix_cart_line_changed_at", "cart_line", ["changed_at"])


def downgrade() -> None:
    op.drop_index("ix_cart_line_changed_at", "cart_line")
    op.drop_column("cart_line", "changed_at")
