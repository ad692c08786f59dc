"""Who the shop is, on every page and in every letter: its name, slogan and logo, and which pages of law it has.

What the owner has written holds. Where no name was written, it is the setting's (SMARTCART_SHOP_NAME).
"""

import math
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db, execute
from smartcart.database.upsert import insert_into
from smartcart.shop.identity_model import ShopIdentity
from smartcart.shop.legal_models import LegalPage, LegalText

# In seconds. No page waits for a question of its own: each process asks once in so long, at most. The process in which
# it was changed knows it at once.
KNOWN_FOR = 5.0


class Logo(NamedTuple):
    """A picture by its name, with its sides in pixels."""

    picture: str
    width: int
    height: int

    def width_at(self, height: int) -> int:
        """How wide it is where it is shown that high."""
        return max(1, round(self.width * height / self.height))


class Identity(NamedTuple):
    """Of each page that there is, `editions` has the id of the one that holds."""

    name: str
    slogan: str = ""
    logo: Logo | None = None
    editions: Mapping[LegalPage, int] = MappingProxyType({})


class KnownIdentity:
    """Who the shop is, as a process knows it; in any thread, within a request or without."""

    def __init__(self, app: Flask, name: str) -> None:
        self._app, self._name = app, name
        self._known, self._asked_at = Identity(name), -math.inf

    def __call__(self) -> Identity:
        if time.monotonic() - self._asked_at >= KNOWN_FOR:
            self._asked_at, self._known = time.monotonic(), self._ask()
        return self._known

    def ask_anew(self) -> Identity:
        self._asked_at = -math.inf
        return self()

    def _ask(self) -> Identity:
        try:
            with self._app.app_context(), db.engine.connect() as connection:
                return _read(connection, self._name)
        except SQLAlchemyError:  # what was known last is still the best guess, and the page says what is the matter
            return self._known


def init_app(app: Flask, name: str) -> None:
    """`name` is the setting's. To be called after Flask-SQLAlchemy was given the app."""
    known = KnownIdentity(app, name)
    app.extensions["shop_identity"] = known
    app.jinja_env.globals["shop_identity"] = known


def of_shop() -> KnownIdentity:
    """Of the app that is at work."""
    known: KnownIdentity = current_app.extensions["shop_identity"]
    return known


def written() -> Identity:
    """What the owner has written, as it is on record; an empty name where none was."""
    with db.engine.connect() as connection:
        return _read(connection, "")


def write(**values: Any) -> None:
    """Columns of the one row, in the transaction that is open; what is not named stays as it is."""
    insert = insert_into(ShopIdentity)
    execute(insert.on_conflict_do_update(index_elements=[ShopIdentity.id], set_=values), {"id": 1, **values})


def _read(connection: Connection, name: str) -> Identity:
    of = ShopIdentity
    row = connection.execute(select(of.name, of.slogan, of.logo, of.logo_width, of.logo_height)).first()
    newest = select(func.max(LegalText.id)).group_by(LegalText.page)
    pages = select(LegalText.page, LegalText.id).where(LegalText.id.in_(newest), LegalText.words != "")
    editions = dict(connection.execute(pages).all())
    shown = {page: editions[page] for page in LegalPage if page in editions}
    if row is None:
        return Identity(name, editions=shown)
    return Identity(row.name or name, row.slogan, Logo(*row[2:]) if row.logo else None, shown)
