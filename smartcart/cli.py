"""The command line. Each command says in one line what went wrong; a wrong setting ends it with 2."""

import json
import sqlite3
import sys
from dataclasses import asdict
from threading import Event as Forever
from typing import NoReturn

import click
import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from smartcart import __version__, create_app, schedule, serving
from smartcart.admin import login
from smartcart.config import WrongSetting, load_settings, unknown_settings
from smartcart.db import db
from smartcart.gateways.protocol import Charge, GatewayError
from smartcart.logs import init_logging
from smartcart.payments.audit import audit as compare_books
from smartcart.payments.audit import gateway_books
from smartcart.payments.callers import make_key
from smartcart.rules.payment_states import draw
from smartcart.shop.demo import fill_empty_catalogue
from smartcart.web import isoformat


def main() -> None:
    """`smartcart`. A wrong setting is one line and exit code 2; so is a database that does not answer."""
    try:
        commands(prog_name="smartcart")
    except (WrongSetting, serving.CannotListen) as wrong:
        _stop(str(wrong))
    except SQLAlchemyError as error:
        _stop(f"The database does not answer as it should: {str(error).splitlines()[0]}")
    except sqlite3.Error as error:
        _stop(f"The sandbox's books, SMARTCART_SANDBOX_LEDGER, cannot be opened: {error}")


@click.group()
def commands() -> None:
    """A self-hosted shop whose payment page survives interruptions."""


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@click.option("--no-schedule", is_flag=True, help="Run no jobs here; a worker does.")
def serve(host: str, port: int, no_schedule: bool) -> None:
    """Serve the shop: pages, gateway threads and timetable in one process."""
    settings = load_settings()
    address = serving.address_to_listen_at(host, port)
    app = _migrated_app()
    with app.app_context():
        password = _first_password(settings.admin_password)
    for name in unknown_settings():
        click.echo(f"{name} is no setting, and changes nothing. `smartcart config` lists those there are.", err=True)
    shop = settings.base_url or f"http://{host}:{port}"
    click.echo(f"The shop is at {shop}/, the admin at {shop}/admin (user admin).")
    if password:
        click.echo(f"The admin's first password, shown this once: {password}")
    serving.serve(settings, address, port, with_schedule=not no_schedule)


@commands.command()
def worker() -> None:
    """Run the jobs of the timetable without serving pages."""
    init_logging()
    app = _migrated_app()
    timetable = schedule.start(app, load_settings())
    click.echo("Working: " + ", ".join(job.id for job in timetable.get_jobs()))
    try:
        Forever().wait()
    except KeyboardInterrupt:
        timetable.shutdown()


@commands.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    with create_app().app_context():
        flask_migrate.upgrade()


@commands.command()
def demo() -> None:
    """Put a small demo catalogue into an empty database."""
    with _migrated_app().app_context():
        added = fill_empty_catalogue()
    click.echo(f"{added} demo products added." if added else "There are products already; nothing was added.")


@commands.group("api-key")
def api_key() -> None:
    """Keys of the JSON API."""


@api_key.command("create")
@click.argument("name")
@click.option("--admin", is_flag=True, help="May see every session.")
def create_api_key(name: str, admin: bool) -> None:
    """Make a key and print it; it is kept as a hash only and cannot be shown again."""
    with _migrated_app().app_context():
        try:
            click.echo(make_key(name, is_admin=admin))
        except ValueError as error:
            _stop(f"No key was made: {error}.", 1)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def audit(as_json: bool) -> None:
    """Compare the gateway's books with the shop's; ends with 1 if they differ."""
    with _migrated_app().app_context():
        try:
            differences = compare_books()
        except GatewayError as error:
            _stop(f"The gateway's books cannot be read: {error}")
    if as_json:
        click.echo(json.dumps({"differences": [asdict(difference) for difference in differences]}))
    else:
        for difference in differences:
            click.echo(f"{difference.verdict}: session {difference.session}: {difference.detail}")
        click.echo(f"{len(differences)} differences." if differences else "The books agree.")
    sys.exit(1 if differences else 0)


@commands.group()
def sandbox() -> None:
    """The sandbox gateway's own books."""


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def charges(as_json: bool) -> None:
    """List every charge the sandbox has made."""
    with create_app().app_context():
        books = gateway_books()
    for charge in books:
        line = {**asdict(charge), "charged_at": isoformat(charge.charged_at)}
        click.echo(json.dumps(line) if as_json else _in_words(charge))


@commands.command("draw-states")
def draw_states() -> None:
    """Print the graph of a payment session as a Mermaid diagram."""
    click.echo(draw())


@commands.command("config")
def show_config() -> None:
    """Print every setting as it is in force; secrets are masked."""
    for name, value in load_settings().masked().items():
        click.echo(f"{name}={value}")


@commands.command()
def version() -> None:
    """Print the version."""
    click.echo(f"smartcart {__version__}")


def _migrated_app() -> Flask:
    """The app on a database that has this version's tables."""
    app = create_app()
    with app.app_context():
        known = ScriptDirectory(app.extensions["migrate"].directory).get_current_head()
        with db.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    if found != known:
        _stop(f"The database has the tables of version {found or 'none'}, not {known}. Run: smartcart migrate")
    return app


def _first_password(given: str) -> str | None:
    try:
        return login.ensure_admin(given)
    except ValueError as error:
        raise WrongSetting(f"SMARTCART_ADMIN_PASSWORD=*** cannot be used: {error}") from None


def _in_words(charge: Charge) -> str:
    return (
        f"{isoformat(charge.charged_at)} {charge.reference} session {charge.session} attempt {charge.attempt}:"
        f" {charge.amount} {charge.currency} {charge.status}, {charge.refunded} refunded"
    )


def _stop(reason: str, code: int = 2) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(code)
