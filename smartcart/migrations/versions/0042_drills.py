"""drills that the owner asked for, and whether there is one each month"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0042"
down_revision = "0041"

STATES = ("asked", "running", "passed", "failed", "broken_off", "not_carried_out")
ASKED_BY = ("owner", "month")


def upgrade() -> None:
    op.create_table(
        "drill_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("state", _words("run", STATES), nullable=False),
        sa.Column("asked_by", _words("askedby", ASKED_BY), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("heard_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("scenarios", sa.String(200), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("step_number", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_run")),
        sa.UniqueConstraint("slot", name=op.f("uq_drill_run_slot")),
    )
    op.create_table(
        "monthly_drill",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_drill")),
    )


def downgrade() -> None:
    op.drop_table("monthly_drill")
    op.drop_table("drill_run")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
