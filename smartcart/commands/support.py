"""What several commands need: the app on a migrated database."""

import click
from flask import Flask
from sqlalchemy import inspect

from smartcart.commands.known_tables import refuse_other_tables
from smartcart.database import tables
from smartcart.database.session import db
from smartcart.factory import create_app
from smartcart.shop.demo import fill_empty_catalogue


def migrated_app(fills_empty: bool = False) -> Flask:
    """The app on a database that has this version's tables.

    With `fills_empty` a database without any is given them, and the demo catalogue; one that has some is left as it is.
    """
    app = create_app()
    if fills_empty:
        _fill_empty_database(app)
    refuse_other_tables(app)
    return app


def _fill_empty_database(app: Flask) -> None:
    with app.app_context():
        if not inspect(db.engine).get_table_names():
            tables.bring_up_to_date(app)
            fill_empty_catalogue()
            click.echo(f"A new shop, with a demo catalogue, is in {db.engine.url.database}.")
