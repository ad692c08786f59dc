"""`audit`, `sandbox` and `draw-states`: where the money is."""

import json
import sys
from dataclasses import asdict
from operator import attrgetter

import click

from smartcart.commands.failures import give_up
from smartcart.commands.known_tables import refuse_other_tables
from smartcart.commands.progress import progress
from smartcart.gateways.books import Charge
from smartcart.gateways.protocol import GatewayError
from smartcart.headless import headless_app
from smartcart.moments import isoformat
from smartcart.payments.reconciliation.report import audit as compare_books
from smartcart.payments.reconciliation.report import gateway_books
from smartcart.rules.payment_states import draw


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def audit(as_json: bool) -> None:
    """Compare the gateway's books with the shop's; ends with 1 if they differ."""
    app = headless_app()
    refuse_other_tables(app)
    with app.app_context():
        try:
            with progress("payments compared") as told:
                done = compare_books(told)
        except GatewayError as error:
            give_up(f"The gateway's books cannot be read: {error}")
    if as_json:
        click.echo(json.dumps(asdict(done)))
    else:
        for difference in done.differences:
            click.echo(f"{difference.verdict}: session {difference.session}: {difference.detail}")
        click.echo(f"{done.sessions:,} sessions, {done.charges:,} charges and {done.refunds:,} refunds compared.")
        click.echo(f"{len(done.differences)} differences." if done.differences else "The books agree.")
    sys.exit(1 if done.differences else 0)


@click.group()
def sandbox() -> None:
    """The sandbox gateway's own books."""


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def charges(as_json: bool) -> None:
    """List every charge the sandbox has made, the oldest first."""
    with headless_app().app_context():
        books = sorted(gateway_books(), key=attrgetter("charged_at"))
    for charge in books:
        line = {**charge._asdict(), "charged_at": isoformat(charge.charged_at)}
        click.echo(json.dumps(line) if as_json else _in_words(charge))


@click.command("draw-states")
def draw_states() -> None:
    """Print the graph of a payment session as a Mermaid diagram."""
    click.echo(draw())


def _in_words(charge: Charge) -> str:
    order = f" of {charge.order}" if charge.order else ""
    return (
        f"{isoformat(charge.charged_at)} {charge.reference} session {charge.session} attempt {charge.attempt}{order}:"
        f" {charge.amount} {charge.currency} {charge.status}, {charge.refunded} refunded"
    )
