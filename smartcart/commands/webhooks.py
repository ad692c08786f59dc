"""`webhook`: where merchants' systems are told of events."""

import json
from collections.abc import Callable

import click
from sqlalchemy import select

from smartcart.commands.failures import give_up
from smartcart.commands.support import migrated_app
from smartcart.database.session import db
from smartcart.merchant_webhooks import api, endpoints
from smartcart.merchant_webhooks.models import WebhookEndpoint
from smartcart.payments.api.models import ApiKey
from smartcart.payments.core.runtime import runtime


@click.group("webhook")
def webhook() -> None:
    """Where merchants' systems are told of events."""


@webhook.command("create")
@click.argument("key")
@click.argument("url")
@click.option("--type", "types", multiple=True, help="Tell of these events only, such as payment.completed.")
@click.option("--thin", is_flag=True, help="Send the session's id alone, not what it is like.")
def create(key: str, url: str, types: tuple[str, ...], thin: bool) -> None:
    """Tell the software that has the API key named KEY of its events, at URL. Prints the webhook's id, and the secret
    that signs, which is not shown again."""
    _tell(lambda: _id_and_secret(_create(key, url, types, thin)), "No webhook was made")


@webhook.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def list_webhooks(as_json: bool) -> None:
    """List every webhook."""
    with migrated_app().app_context():
        names = {key.id: key.name for key in db.session.scalars(select(ApiKey))}
        for each in endpoints.of_all():
            line = api.shown(each) | {"key": names.get(each.merchant, "")}
            click.echo(json.dumps(line) if as_json else f"{each.id} {line['key']}: {each.url}, {_state(each)}")


@webhook.command("rotate")
@click.argument("webhook_id")
def rotate(webhook_id: str) -> None:
    """Print another secret; the one before signs, too, for a day."""
    _tell(lambda: endpoints.rotate(webhook_id).secret, "The secret stays as it is")


@webhook.command("switch-on")
@click.argument("webhook_id")
def switch_on(webhook_id: str) -> None:
    """Send what happens from now on to one that was switched off."""
    _tell(lambda: f"{endpoints.switch_on(webhook_id).url} is told from now on.", "Nothing was done")


@webhook.command("remove")
@click.argument("webhook_id")
def remove(webhook_id: str) -> None:
    """Send nothing there any more."""
    _tell(lambda: _removed(webhook_id), "Nothing was done")


def _create(key: str, url: str, types: tuple[str, ...], thin: bool) -> WebhookEndpoint:
    merchant = db.session.scalar(select(ApiKey.id).where(ApiKey.name == key, ApiKey.revoked_at.is_(None)))
    if merchant is None:
        raise ValueError(f"there is no key named {key}")
    return endpoints.create(merchant, url, types, thin, runtime().settings.webhook_targets)


def _id_and_secret(made: WebhookEndpoint) -> str:
    return f"{made.id}\n{made.secret}"


def _removed(webhook_id: str) -> str:
    endpoints.remove(webhook_id)
    return "Nothing is sent there any more."


def _state(endpoint: WebhookEndpoint) -> str:
    if endpoint.off_at:
        return f"switched off: {endpoint.off_because}"
    return "fails" if endpoint.failing_since else "on"


def _tell(work: Callable[[], str], refusal: str) -> None:
    with migrated_app().app_context():
        try:
            click.echo(work())
        except ValueError as error:
            give_up(f"{refusal}: {error}.", 1)
