"""No command works on tables of another version."""

from flask import Flask

from smartcart.commands.failures import give_up
from smartcart.database import tables


def refuse_other_tables(app: Flask) -> None:
    """End the command when the app's database has not the tables of this version, and say what to run."""
    found, known = tables.versions(app)
    if found != known:
        give_up(f"The database has the tables of version {found or 'none'}, not {known}. Run: smartcart migrate")
