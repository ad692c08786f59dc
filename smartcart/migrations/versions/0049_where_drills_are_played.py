"""a drill says on which database its copy of the shop was, and which one is to be dropped after it"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

COPY_ON = ("sqlite", "postgresql", "not_allowed", "not_made")


def upgrade() -> None:
    with op.batch_alter_table("drill_run") as drill_run:
        drill_run.add_column(sa.Column("copy_on", _copy_on(), nullable=True))
        drill_run.add_column(sa.Column("scratch", sa.String(63), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("drill_run") as drill_run:
        drill_run.drop_column("scratch")
        drill_run.drop_column("copy_on")


def _copy_on() -> sa.Enum:
    return sa.Enum(*COPY_ON, name="copyon", native_enum=False, create_constraint=True, length=32)
