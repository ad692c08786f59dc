"""the weather at the gateway: how it is now, when it changed, and what was met by minute"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0035"
down_revision = "0034"

MOMENT = UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "gateway_weather",
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("weather", _weather(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("back_at", MOMENT, nullable=True),
        sa.Column("relapses", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("probe", sa.String(40), nullable=False),
        sa.Column("probe_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_gateway_weather")),
    )
    op.create_table(
        "weather_change",
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("weather", _weather(), nullable=False),
        sa.PrimaryKeyConstraint("account", "at", name=op.f("pk_weather_change")),
    )
    op.create_table(
        "weather_minute",
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("minute", MOMENT, nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("hanging", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "minute", name=op.f("pk_weather_minute")),
    )


def downgrade() -> None:
    op.drop_table("weather_minute")
    op.drop_table("weather_change")
    op.drop_table("gateway_weather")


def _weather() -> sa.Enum:
    return sa.Enum("fair", "slow", "out", name="weather", native_enum=False, create_constraint=True, length=32)
