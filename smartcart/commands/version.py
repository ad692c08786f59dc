"""`version`."""

import click

from smartcart import __version__


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"smartcart {__version__}")
