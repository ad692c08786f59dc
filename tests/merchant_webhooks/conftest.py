"""A merchant with a key, whose own system is on this machine, and a shop that may send there."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, current_app

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.merchant_webhooks import deliveries, endpoints, worker
from smartcart.merchant_webhooks.models import WebhookDelivery, WebhookEndpoint
from smartcart.payments.api import keys
from smartcart.payments.core import merchant_feed
from tests.merchant_webhooks.receiver import Receiver
from tests.support.caller import Caller, by_key

# One of the tests' merchants makes a webhook to a receiver.
Subscribe = Callable[..., WebhookEndpoint]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_networks": "127.0.0.0/8"})


@pytest.fixture
def app(settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    app = create_app(settings, sandbox)
    with app.app_context():
        yield app


@pytest.fixture
def merchant(app: Flask) -> Caller:
    return by_key(app, "till")


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    started: list[Receiver] = []

    def start(**told: object) -> Receiver:
        started.append(Receiver(**told))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for receiver in started:
        receiver.stop()


@pytest.fixture
def receiver(receivers: Callable[..., Receiver]) -> Receiver:
    return receivers()


@pytest.fixture
def subscribe(merchant: Caller) -> Subscribe:
    [key] = keys.all_keys()

    def create(receiver: Receiver, *types: str, thin: bool = False) -> WebhookEndpoint:
        targets = current_app.config["SETTINGS"].webhook_targets
        return endpoints.create(key.id, receiver.url, types, thin, targets)

    return create


def send() -> None:
    """All that has happened is told, and all that is due is sent, as far as it has been answered."""
    merchant_feed.give_numbers()
    deliveries.read_on()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    while worker.queue(app).finish(1.0):  # one at a time for each, so one may be left when the last thread ends
        pass


def only(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Its only delivery, as it is on record now."""
    [found] = of(endpoint)
    return found


def of(endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    """Its deliveries as they are on record now, the oldest first."""
    db.session.rollback()
    db.session.expire_all()
    return list(reversed(deliveries.newest(endpoint.id, 2**31 - 1)))
