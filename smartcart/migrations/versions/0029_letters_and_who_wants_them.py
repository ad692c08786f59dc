"""letters that are not sent any more, who asked for one, and who agreed to one that is not needed"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime
from smartcart.migrations.more_values import add_value, drop_value

revision = "0029"
down_revision = "0028"

MOMENT = UTCDateTime()


def upgrade() -> None:
    add_value("outbox", "fate", "outboxfate", "withdrawn")
    # Empty in all that is there: neither database writes a row for that.
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE payment_session ADD COLUMN letter_wanted_at {moment}")
    op.create_table(
        "letter_consent",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(500), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_letter_consent")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_letter_consent_order_id_shop_order")),
    )


def downgrade() -> None:
    op.drop_table("letter_consent")
    op.execute("ALTER TABLE payment_session DROP COLUMN letter_wanted_at")
    op.execute("DELETE FROM outbox WHERE fate = 'withdrawn'")
    drop_value("outbox", "fate", "outboxfate", "withdrawn")
