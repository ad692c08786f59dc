"""what is not known of an attempt is in no index of the fraud rules' sightings"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_TABLE = "fraud_sighting"
_KEYS = ("shopper", "email", "address", "card")


def upgrade() -> None:
    for name in _KEYS:
        known = sa.text(f"{name} IS NOT NULL")
        op.drop_index(f"ix_{_TABLE}_{name}", _TABLE)
        op.create_index(f"ix_{_TABLE}_{name}", _TABLE, [name, "at"], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for name in _KEYS:
        op.drop_index(f"ix_{_TABLE}_{name}", _TABLE)
        op.create_index(f"ix_{_TABLE}_{name}", _TABLE, [name, "at"])
