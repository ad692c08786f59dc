"""`analytics`: the figures of payments, brought up to date, and held against the trail."""

import sys

import click

from smartcart.analytics import keeping, recount
from smartcart.analytics.trail import last_certain
from smartcart.commands.progress import progress
from smartcart.commands.support import migrated_app
from smartcart.config import Settings

# Printed at most; where one is wrong, thousands may be.
SHOWN = 20


@click.command()
@click.option("--rebuild", is_flag=True, help="Count all of them again first, as after a change of the time zone.")
@click.option(
    "--recount", "is_recounted", is_flag=True, help="Count them from the trail and compare; 1 if they differ."
)
def analytics(rebuild: bool, is_recounted: bool) -> None:
    """Bring the figures of payments up to date; recount or rebuild them.

    The timetable keeps them by itself. The shop may be at work meanwhile.
    """
    app = migrated_app()
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        if rebuild:
            keeping.begin_anew(settings.time_zone)
        _keep_up(settings)
        if is_recounted:
            _compare()


def _keep_up(settings: Settings) -> None:
    with progress("events taken in") as told:
        taken = 0
        while some := keeping.keep_up(settings.time_zone):
            taken += some
            told(taken)
    if last_certain() is None:
        click.echo("Somebody writes to the database for long; what they write is taken in later.", err=True)
    click.echo(f"{taken:,} events taken in.")


def _compare() -> None:
    with progress("payments counted") as told:
        found = recount.recount(told)
    wrong = 0
    for wrong, (cell, kept, counted) in enumerate(found.differences, 1):
        if wrong <= SHOWN:
            click.echo(f"{' '.join(filter(None, map(str, cell)))}: {kept} kept, {counted} counted")
    click.echo(f"{found.figures:,} figures compared, from {found.events:,} events of {found.payments:,} payments.")
    click.echo(f"{wrong:,} figures differ." if wrong else "Every figure is what the trail says.")
    sys.exit(1 if wrong else 0)
