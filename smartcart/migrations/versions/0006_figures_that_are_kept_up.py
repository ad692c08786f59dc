"""figures that are kept up

What there is so far is counted once, here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

COUNTED = """
insert into tally_total (figure, value, number)
select 'state', state, count(*) from payment_session group by state
union all select 'outcome', coalesce(outcome, 'none'), count(*) from payment_attempt group by outcome
union all select 'interruption', interruption, count(*) from payment_attempt
where interruption is not null group by interruption
"""


def upgrade() -> None:
    op.create_table(
        "tally_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("figure", sa.String(32), nullable=False),
        sa.Column("was", sa.String(40), nullable=False),
        sa.Column("now", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_change")),
    )
    op.create_table(
        "tally_total",
        sa.Column("figure", sa.String(32), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("figure", "value", name=op.f("pk_tally_total")),
    )
    op.execute(COUNTED)


def downgrade() -> None:
    for table in ("tally_total", "tally_change"):
        op.drop_table(table)
