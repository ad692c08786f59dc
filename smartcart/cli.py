"""The command line. Each command says in one line what went wrong; a wrong setting ends it with 2."""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click
import flask_migrate
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from smartcart import __version__, create_app
from smartcart.admin.login import routes
from smartcart.backup import Failed, Rows, back_up
from smartcart.backup import restore as put_back
from smartcart.config import WrongSetting, load_settings, unknown_settings
from smartcart.database.session import db, leave_one_file
from smartcart.doctor.command import doctor
from smartcart.doctor.database import revisions
from smartcart.drill.command import drill
from smartcart.gateways.protocol import Charge, GatewayError
from smartcart.logs import init_logging
from smartcart.moments import isoformat
from smartcart.payments.api import keys
from smartcart.payments.reconciliation.report import audit as compare_books
from smartcart.payments.reconciliation.report import catch_up, gateway_books
from smartcart.rules.payment_states import draw
from smartcart.server import drain, listener
from smartcart.server import serve as serving
from smartcart.server import timetable as schedule
from smartcart.shop.demo import fill_empty_catalogue

# What this shop can do that others cannot, in a minute.
FIRST_TRY = (
    'order something and pay with "Silent gateway that charges". Leave the page, kill the shop, come back:'
    " it finds out what became of your money."
)


def main() -> None:
    """`smartcart`. A wrong setting is one line and exit code 2; so is a database that does not answer."""
    os.umask(0o077)  # whatever is made from here on holds names, addresses or secrets: it is for this user alone
    try:
        commands(prog_name="smartcart")
    except (WrongSetting, listener.CannotListen, Failed) as wrong:
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
    with listener.door_at(host, port) as listening:
        app = _migrated_app()
        with app.app_context():
            password = _first_password(settings.admin_password)
            # The worker process is a fork, through which SQLite lets no open connection go: it would take the locks of
            # this process for its own. https://sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_
            db.engine.dispose()
        _introduce(settings.base_url or f"http://{host}:{port}", password, is_sandbox=settings.gateway == "sandbox")
        try:
            serving.serve(settings, listening, with_schedule=not no_schedule)
        finally:
            with app.app_context(), suppress(SQLAlchemyError, sqlite3.Error):  # where it cannot be done, all is left
                leave_one_file()


@commands.command()
def worker() -> None:
    """Run the jobs of the timetable without serving pages."""
    init_logging()
    app, settings = _migrated_app(), load_settings()
    serving.keep_what_is_there()
    signal.pthread_sigmask(signal.SIG_BLOCK, serving.STOP_SIGNALS)  # in every thread; this one waits for them
    timetable = schedule.start(app, settings)
    click.echo("Working: " + ", ".join(job.id for job in timetable.get_jobs()))
    signal.sigwait(serving.STOP_SIGNALS)
    drain.finish_work(app, settings, timetable)
    os._exit(0)  # a call that has not ended in its time is left to the reconciler of the next start


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
    _tell_of_key(lambda: keys.make_key(name, is_admin=admin), "No key was made")


@api_key.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def list_api_keys(as_json: bool) -> None:
    """List every key that was made, by its name; the keys themselves are kept nowhere."""
    with _migrated_app().app_context():
        for key in keys.all_keys():
            line = {"name": key.name, "admin": key.is_admin, "created_at": isoformat(key.created_at)}
            line |= {"revoked_at": isoformat(key.revoked_at)}
            kind = "admin" if key.is_admin else "merchant"
            since = f"revoked {line['revoked_at']}" if key.revoked_at else f"since {line['created_at']}"
            click.echo(json.dumps(line) if as_json else f"{key.name}: {kind}, {since}")


@api_key.command("rotate")
@click.argument("name")
@click.option("--overlap", default=0, show_default=True, help="For so many hours the key before holds, too.")
def rotate_api_key(name: str, overlap: int) -> None:
    """Make a key anew and print it. What it has opened stays its own; the key before ends at once."""
    _tell_of_key(lambda: keys.rotate(name, overlap), "The key stays as it is")


@api_key.command("revoke")
@click.argument("name")
def revoke_api_key(name: str) -> None:
    """Take a key back: from now on it opens nothing, in every process."""
    _tell_of_key(lambda: keys.revoke(name), "No key was revoked")


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


commands.add_command(doctor)
commands.add_command(drill)


@commands.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the shop's database into FILE, while the shop runs.

    The file holds one moment of the database and is checked before it gets its name, so a file of that name is always
    whole. With PostgreSQL this takes pg_dump and pg_restore, of the server's version or newer.

    Not in it: the settings, the secret key under instance/ (without it open sign-ins and carts are forgotten), and the
    books of the gateway, the sandbox's own among them. FILE has names and addresses of people: keep it safe.
    """
    rows = back_up(load_settings().database_url, file)
    click.echo(f"{_contents(rows)} are in {file}, checked.")


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Even if the database has payment sessions; they are set aside.")
@click.pass_context
def restore(context: click.Context, file: Path, force: bool) -> None:
    """Put what `smartcart backup` has written into the place of the shop's database. Stop the shop first.

    A database that is there is set aside, not deleted, and where is said; one with payment sessions only with --force.

    The gateway may know of charges that the backup does not. Those of its sessions are asked for at once; in the end
    `smartcart audit` runs and names what is left, such as a charge of a session that was opened after the backup. It
    ends with 1 if there is any, and with 2 when nothing was restored.
    """
    rows, aside = put_back(load_settings().database_url, file, force)
    click.echo(f"{_contents(rows)} are restored from {file}.")
    if aside:
        click.echo(f"The database as it was is kept as {aside}. Delete it when you need it no more.")
    with _migrated_app().app_context(), suppress(GatewayError):  # which the audit tells
        click.echo(f"The gateway was asked about {catch_up()} payments that went on after the backup.")
    click.echo("The gateway's books against the restored ones, as `smartcart audit` tells at any time:")
    context.invoke(audit)


@commands.command()
def version() -> None:
    """Print the version."""
    click.echo(f"smartcart {__version__}")


def _tell_of_key(work: Callable[[], str], refusal: str) -> None:
    with _migrated_app().app_context():
        try:
            click.echo(work())
        except ValueError as error:
            _stop(f"{refusal}: {error}.", 1)


def _migrated_app() -> Flask:
    """The app on a database that has this version's tables."""
    app = create_app()
    found, known = revisions(app)
    if found != known:
        _stop(f"The database has the tables of version {found or 'none'}, not {known}. Run: smartcart migrate")
    return app


def _introduce(shop: str, password: str | None, is_sandbox: bool) -> None:
    """Say where the shop is, what to do there, and what is wrong with its settings though it can be served."""
    for name in unknown_settings():
        click.echo(f"{name} is no setting, and changes nothing. `smartcart config` lists those there are.", err=True)
    click.echo(f"The shop is at {shop}/, the admin at {shop}/admin (user admin).")
    if password:
        click.echo(f"The admin's first password, shown this once: {password}")
    if is_sandbox:
        click.echo(f"To try first: {FIRST_TRY}")
    click.echo("Ctrl-C stops it; a payment under way is finished before that, or goes on at the next start.")


def _first_password(given: str) -> str | None:
    try:
        return routes.ensure_admin(given)
    except ValueError as error:
        raise WrongSetting(f"SMARTCART_ADMIN_PASSWORD=*** cannot be used: {error}") from None


def _contents(rows: Rows) -> str:
    return f"{rows.get('shop_order', 0)} orders and {rows.get('payment_session', 0)} payment sessions"


def _in_words(charge: Charge) -> str:
    order = f" of {charge.order}" if charge.order else ""
    return (
        f"{isoformat(charge.charged_at)} {charge.reference} session {charge.session} attempt {charge.attempt}{order}:"
        f" {charge.amount} {charge.currency} {charge.status}, {charge.refunded} refunded"
    )


def _stop(reason: str, code: int = 2) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(code)
