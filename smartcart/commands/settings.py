"""`config` and `version`: what is in force."""

import click

from smartcart import __version__
from smartcart.config import load_settings


@click.command("config")
def show_config() -> None:
    """Print every setting as it is in force; secrets are masked."""
    for name, value in load_settings().masked().items():
        click.echo(f"{name}={value}")


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"smartcart {__version__}")
