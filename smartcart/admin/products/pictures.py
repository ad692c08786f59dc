"""Uploaded pictures of products, and the shop's logo: where they are kept."""

from hashlib import sha256

from sqlalchemy import delete, select

from smartcart.admin.products.picture_files import PictureFile
from smartcart.database.session import db
from smartcart.database.upsert import insert_new
from smartcart.ids import may_be_looked_up
from smartcart.shop.identity_model import ShopIdentity
from smartcart.shop.models import Picture, Product

ADDRESS = "/pictures/"


def store(picture: PictureFile) -> str:
    """Store a cleaned picture, once however often it is sent, and give back its address in the shop."""
    return ADDRESS + put(picture)


def put(picture: PictureFile) -> str:
    """The same, and give back its name."""
    name = name_of(picture)
    insert_new(Picture, name=name, media_type=picture.media_type, body=picture.body)
    return name


def name_of(picture: PictureFile) -> str:
    """By its bytes, so that what a browser keeps under an address is never old."""
    return f"{sha256(picture.body).hexdigest()[:32]}.{picture.media_type.removeprefix('image/')}"


def is_stored(address: str) -> bool:
    """Whether this is the address of a picture that is stored here."""
    name = address.removeprefix(ADDRESS)
    return address.startswith(ADDRESS) and may_be_looked_up(name) and db.session.get(Picture, name) is not None


def forget_unused() -> None:
    """Delete the pictures that no product shows any more, nor the shop as its logo."""
    used = {address.removeprefix(ADDRESS) for address in db.session.scalars(select(Product.picture))}
    used |= set(db.session.scalars(select(ShopIdentity.logo)))
    db.session.execute(delete(Picture).where(Picture.name.not_in(used)))
