"""`api-key`: keys of the JSON API."""

import json
from collections.abc import Callable

import click

from smartcart.commands.failures import give_up
from smartcart.commands.support import migrated_app
from smartcart.moments import isoformat
from smartcart.payments.api import keys


@click.group("api-key")
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
    with migrated_app().app_context():
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


def _tell_of_key(work: Callable[[], str], refusal: str) -> None:
    with migrated_app().app_context():
        try:
            click.echo(work())
        except ValueError as error:
            give_up(f"{refusal}: {error}.", 1)
