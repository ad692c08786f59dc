"""Which version of its tables a database has, which one this shop has, and how the one becomes the other.

Versions are told without Alembic, which takes 9 MB and a twelfth of a start, and is loaded only where tables change.
"""

from flask import Flask
from sqlalchemy import inspect, text

from smartcart import places
from smartcart.database.partial_indexes import tell_postgresql
from smartcart.database.session import db


def versions(app: Flask) -> tuple[str | None, str]:
    """Returns the version of the tables that the database has, None where it has none, and that of this shop."""
    with app.app_context(), db.engine.connect() as connection:
        is_versioned = inspect(connection).has_table("alembic_version")
        found = connection.scalar(text("select version_num from alembic_version")) if is_versioned else None
    return found, max(known_versions())


def known_versions() -> set[str]:
    """Returns the versions that the tables of this shop have ever had, as the files of the migrations are named."""
    return {path.name.partition("_")[0] for path in places.MIGRATIONS.glob("versions/*.py")}


def may_change(app: Flask) -> None:
    """Make Flask-Migrate known to the app, for `flask_migrate.upgrade()` and the like."""
    from flask_migrate import Migrate

    tell_postgresql(db.metadata)
    Migrate(app, db, directory=str(places.MIGRATIONS))


def bring_up_to_date(app: Flask) -> None:
    """Give the database this shop's tables, whatever it has."""
    import flask_migrate

    may_change(app)
    with app.app_context():
        flask_migrate.upgrade()
