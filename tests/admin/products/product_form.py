"""The form of a product, filled in and sent."""

from contextvars import Context
from io import BytesIO
from typing import Any, Protocol

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from smartcart.database.session import db
from smartcart.shop.models import Product

NEW = "/admin/products/new"
TYPED = {"name": "Moka pot", "description": "", "price": "42.00", "currency": "EUR", "stock": "7", "shown_stock": "0"}


class Sender(Protocol):
    """A browser that can send it."""

    client: FlaskClient

    def token(self) -> str: ...


def save(browser: Sender, path: str, token: str = "", **fields: Any) -> TestResponse:
    """Post the form with its file. Encoded here: the test client leaves a temporary file open for a large one."""
    boundary, body = encode_multipart(TYPED | {"csrf_token": token or browser.token()} | fields)
    form = {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
    return Context().run(browser.client.post, path, **form)


def file(body: bytes, name: str = "picture.png") -> FileStorage:
    return FileStorage(BytesIO(body), name)


def saved(slug: str) -> Product:
    db.session.rollback()
    return db.session.query(Product).filter_by(slug=slug).one()
