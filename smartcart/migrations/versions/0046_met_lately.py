"""payments that met a fraud rule are found by when they did"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    judged = sa.text("kind = 'judged'")
    op.create_index("ix_payment_event_judged", "payment_event", ["at"], sqlite_where=judged, postgresql_where=judged)


def downgrade() -> None:
    op.drop_index("ix_payment_event_judged", "payment_event")
