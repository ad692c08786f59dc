"""What several commands need: the app on a migrated database, and the one line with which a command gives up."""

import sys
from typing import NoReturn

import click
from flask import Flask

from smartcart import create_app
from smartcart.doctor.database import revisions


def migrated_app() -> Flask:
    """The app on a database that has this version's tables."""
    app = create_app()
    found, known = revisions(app)
    if found != known:
        give_up(f"The database has the tables of version {found or 'none'}, not {known}. Run: smartcart migrate")
    return app


def give_up(reason: str, code: int = 2) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(code)
