"""who signed in, who tried to, and keys that are taken back or made anew

Whoever is signed in by a cookie of before signs in once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

KEYS = (
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.Column("hash_before", sa.String(64)),
    sa.Column("before_until", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_at"), "sign_in", ["at"])
    op.create_table(
        "password_guess",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counted_for", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_guess")),
    )
    op.create_index(op.f("ix_password_guess_counted_for"), "password_guess", ["counted_for"])
    op.create_index(op.f("ix_password_guess_at"), "password_guess", ["at"])
    for column in KEYS:
        op.add_column("api_key", column)
    with op.batch_alter_table("api_key") as keys:
        keys.create_unique_constraint(keys.f("uq_api_key_hash_before"), ["hash_before"])


def downgrade() -> None:
    with op.batch_alter_table("api_key") as keys:
        keys.drop_constraint("uq_api_key_hash_before", type_="unique")
        for column in KEYS:
            keys.drop_column(column.name)
    for table in ("password_guess", "sign_in"):
        op.drop_table(table)
