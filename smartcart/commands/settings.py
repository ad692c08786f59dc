"""`config`: what is in force."""

import click

from smartcart.config import load_settings


@click.command("config")
def show_config() -> None:
    """Print every setting as it is in force; secrets are masked."""
    for name, value in load_settings().masked().items():
        click.echo(f"{name}={value}")
