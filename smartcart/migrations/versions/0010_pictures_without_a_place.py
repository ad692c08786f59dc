"""pictures without a place

Pictures that were uploaded before are made as they are made now: small, and with nothing of where they were taken. The
name of one is that of its bytes, so its address is a new one. What cannot be read stays: no page can show it either.
"""

import sqlalchemy as sa
from alembic import op
from wtforms.validators import ValidationError

from smartcart.admin.products.picture_files import cleaned
from smartcart.admin.products.pictures import ADDRESS, name_of

revision = "0010"
down_revision = "0009"

PICTURES = sa.table("picture", sa.column("name"), sa.column("media_type"), sa.column("body", sa.LargeBinary))
PRODUCTS = sa.table("product", sa.column("picture"))


def upgrade() -> None:
    connection = op.get_bind()
    for name in connection.scalars(sa.select(PICTURES.c.name).order_by(PICTURES.c.name)).all():
        body = connection.scalars(sa.select(PICTURES.c.body).where(PICTURES.c.name == name)).one()
        try:
            picture = cleaned(bytes(body))
        except ValidationError:
            continue
        new = name_of(picture)
        connection.execute(PICTURES.delete().where(PICTURES.c.name.in_([name, new])))
        row = {"name": new, "media_type": picture.media_type, "body": picture.body}
        connection.execute(PICTURES.insert().values(row))
        shown = PRODUCTS.update().where(PRODUCTS.c.picture == ADDRESS + name)
        connection.execute(shown.values(picture=ADDRESS + new))


def downgrade() -> None:
    """They stay as they are."""
