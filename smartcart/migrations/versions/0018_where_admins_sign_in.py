"""where admins sign in from"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("address", sa.String(45), nullable=False, server_default=""))
    op.add_column("sign_in", sa.Column("forwarded", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for column in ("forwarded", "address"):
        op.drop_column("sign_in", column)
