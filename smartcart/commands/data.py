"""`migrate`, `demo`, `backup` and `restore`: the shop's database."""

from contextlib import suppress
from pathlib import Path

import click

from smartcart.backup import Rows, back_up
from smartcart.backup import restore as put_back
from smartcart.commands.money import audit
from smartcart.commands.support import migrated_app
from smartcart.config import load_settings
from smartcart.database import tables
from smartcart.factory import create_app
from smartcart.gateways.protocol import GatewayError
from smartcart.payments.reconciliation.report import catch_up
from smartcart.shop.demo import fill_empty_catalogue


@click.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    tables.bring_up_to_date(create_app())


@click.command()
def demo() -> None:
    """Put a small demo catalogue into an empty database."""
    with migrated_app().app_context():
        added = fill_empty_catalogue()
    click.echo(f"{added} demo products added." if added else "There are products already; nothing was added.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the shop's database into FILE, while the shop runs.

    The file holds one moment of the database and is checked before it gets its name, so a file of that name is always
    whole. With PostgreSQL this takes pg_dump and pg_restore, of the server's version or newer.

    Not in it: the settings, the secret key in SMARTCART_DATA (without it open sign-ins and carts are forgotten), and
    the books of the gateway, the sandbox's own among them. FILE has names and addresses of people: keep it safe.
    """
    rows = back_up(load_settings().database_url, file)
    click.echo(f"{_contents(rows)} are in {file}, checked.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Even if the database has payment sessions; they are set aside.")
@click.pass_context
def restore(context: click.Context, file: Path, force: bool) -> None:
    """Put what `smartcart backup` has written into the place of the shop's database. Stop the shop first.

    A database that is there is set aside, not deleted, and where is said; one with payment sessions only with --force.
    What was backed up by an older version is brought to the tables of this one.

    The gateway may know of charges that the backup does not. Those of its sessions are asked for at once; in the end
    `smartcart audit` runs and names what is left, such as a charge of a session that was opened after the backup. It
    ends with 1 if there is any, and with 2 when nothing was restored.
    """
    rows, aside = put_back(load_settings().database_url, file, force)
    click.echo(f"{_contents(rows)} are restored from {file}.")
    if aside:
        click.echo(f"The database as it was is kept as {aside}. Delete it when you need it no more.")
    tables.bring_up_to_date(create_app())  # the backup may be one of an older version
    with migrated_app().app_context(), suppress(GatewayError):  # which the audit tells
        click.echo(f"The gateway was asked about {catch_up()} payments that went on after the backup.")
    click.echo("The gateway's books against the restored ones, as `smartcart audit` tells at any time:")
    context.invoke(audit)


def _contents(rows: Rows) -> str:
    return f"{rows.get('shop_order', 0)} orders and {rows.get('payment_session', 0)} payment sessions"
