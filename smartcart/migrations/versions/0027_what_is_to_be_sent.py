"""effects of payments that are to be sent"""

import sqlalchemy as sa
from alembic import op

from smartcart.database.types import UTCDateTime

revision = "0027"
down_revision = "0026"

MOMENT = UTCDateTime()
FATES = ("waiting", "delivered", "kept", "superseded", "given_up")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.String(255), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("wanted_at", MOMENT, nullable=False),
        sa.Column("fate", _one_of("outboxfate", FATES), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "session_id", "kind", "occasion", "edition", name=op.f("uq_outbox_session_id_kind_occasion_edition")
        ),
    )
    _create_partial_index("ix_outbox_due", "due_at", "due_at IS NOT NULL")
    _create_partial_index("ix_outbox_given_up", "id", "fate = 'given_up'")


def downgrade() -> None:
    op.drop_table("outbox")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_partial_index(name: str, column: str, where: str) -> None:
    op.create_index(name, "outbox", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
