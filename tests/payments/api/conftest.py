"""A stage for all that openapi.json says."""

from threading import Event

import pytest
from flask import Flask

from smartcart.gateways.sandbox.gateway import Sandbox
from tests.payments.api.staged import Stage


@pytest.fixture
def stage(app: Flask, sandbox: Sandbox, answer_now: Event, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(app, sandbox, answer_now, monkeypatch)
