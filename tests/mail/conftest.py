"""A mail server, and a shop that sends by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from tests.mail.mail_server import MailServer
from tests.payments.opened import NOW
from tests.payments.scripted import Scripted


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer()
    server.start(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def sending(settings: Settings, mail_server: MailServer) -> Settings:
    """The settings of a shop with a mail server near by."""
    return settings.model_copy(
        update={
            "smtp_host": "localhost",
            "smtp_port": mail_server.port,
            "smtp_security": "none",
            "mail_from": "shop@shop.example",
        }
    )


@pytest.fixture
def shop(sending: Settings) -> Iterator[Flask]:
    """It sends by that server. It is NOW until time passes."""
    yield from _open(sending)


@pytest.fixture
def keeping_shop(settings: Settings) -> Iterator[Flask]:
    """It has no mail server, and an owner who is written to. It is NOW until time passes."""
    yield from _open(settings.model_copy(update={"owner_email": "owner@shop.example"}))


def _open(settings: Settings) -> Iterator[Flask]:
    clock.freeze(NOW)
    app = create_app(settings, Scripted(settings.sandbox_ledger))
    with app.app_context():
        yield app
