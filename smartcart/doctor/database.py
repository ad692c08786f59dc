"""The database: whether it answers, and has this version's tables."""

from datetime import datetime

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database.session import db, is_pooled
from smartcart.database.tables import versions
from smartcart.doctor import Finding, ok, wrong


def check(app: Flask) -> Finding:
    try:
        found, known = versions(app)
    except SQLAlchemyError as error:
        said = str(error).partition("\n")[0]
        return wrong("database", f"It does not answer: {said}", "Start it, or correct SMARTCART_DATABASE_URL.")
    if found != known:
        found_words = f"It has the tables of version {found or 'none'}, not {known}."
        return wrong("database", found_words, "Run: smartcart migrate")
    with app.app_context():
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.engine.dialect.name]
        way = ", through a pooler, so that nothing is prepared there" if is_pooled() else ""
    return ok("database", f"{kind} answers and has this version's tables{way}.")


def now(app: Flask) -> datetime | None:
    """The database's own clock; None when it has none of its own."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            return None
        moment: datetime | None = db.session.scalar(select(func.clock_timestamp()))
        return moment
