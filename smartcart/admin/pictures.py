"""Uploaded pictures of products: which are taken, and where they are kept."""

from hashlib import sha256

from sqlalchemy import delete, select
from wtforms.validators import ValidationError

from smartcart.db import db
from smartcart.shop.models import Picture, Product

LARGEST_PICTURE = 2 * 1024 * 1024
ADDRESS = "/pictures/"


def check(body: bytes) -> None:
    """Refuse what is too large or no picture. Raises ValidationError."""
    if len(body) > LARGEST_PICTURE:
        raise ValidationError(f"A picture can have at most {LARGEST_PICTURE // 1024**2} MB. Please make it smaller.")
    if not _media_type(body):
        raise ValidationError("This file is not a PNG, JPEG or WebP picture.")


def keep(body: bytes) -> str:
    """Store a checked picture, once however often it is sent, and give back its address in the shop."""
    media_type = _media_type(body)
    name = f"{sha256(body).hexdigest()[:32]}.{media_type.removeprefix('image/')}"
    if db.session.get(Picture, name) is None:
        db.session.add(Picture(name=name, media_type=media_type, body=body))
    return ADDRESS + name


def forget_unused() -> None:
    """Delete the pictures that no product shows any more."""
    used = {address.removeprefix(ADDRESS) for address in db.session.scalars(select(Product.picture))}
    db.session.execute(delete(Picture).where(Picture.name.not_in(used)))


def _media_type(body: bytes) -> str:
    """By the first bytes, never by the name: a browser is told this type and no other. Empty for anything else."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else ""
