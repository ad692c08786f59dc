"""A client that a public generator makes of openapi.json opens, pays and reads a session.

https://github.com/openapi-generators/openapi-python-client
"""

import json
import os
import subprocess
import sys
from contextvars import Context
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from flask import Flask

from smartcart.payments.api.keys import make_key
from smartcart.payments.api.openapi import description
from tests.support.pace import UNHURRIED
from tests.support.waiting import wait_for

pytestmark = UNHURRIED

PROGRAM = Path(sys.executable).with_name("openapi-python-client")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the client's package, which is made once."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_text(json.dumps(description()))
    made = subprocess.run(
        [PROGRAM, "generate", "--path", document, "--output-path", folder / "smartcart_client", "--meta", "none"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},  # it tidies up with ruff
        timeout=60,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Warning" not in made.stdout + made.stderr, "it leaves nothing of the description out"
    sys.path.insert(0, str(folder))
    return "smartcart_client"


@pytest.fixture
def client(app: Flask, package: str) -> Any:
    """The generated client with the key of a merchant, at the app itself."""
    headers = {"Authorization": f"Bearer {make_key('a merchant', is_admin=False)}"}
    transport = httpx.WSGITransport(app=lambda *request: Context().run(app, *request))
    made = import_module(f"{package}.client").AuthenticatedClient("http://shop.example", "")
    made.set_httpx_client(httpx.Client(transport=transport, base_url="http://shop.example", headers=headers))
    return made


def test_it_opens_pays_and_reads_a_session(client: Any, package: str) -> None:
    models = import_module(f"{package}.models")
    wanted = models.CreateForMerchant(reference="order-17", amount=4200, currency=models.CreateForMerchantCurrency.EUR)
    opened = api(package, "sessions.create_session").sync(client=client, body=wanted, idempotency_key="order-17")
    assert (opened.status, opened.money) == (models.State.CREATED, models.Money.NOT_TAKEN)
    pay = api(package, "paying.pay_session")
    started = pay.sync(opened.id, client=client, body=models.Pay(method="sandbox_approve"))
    assert started.money is models.Money.CHECKING
    read = api(package, "sessions.get_session")
    wait_for(lambda: read.sync(opened.id, client=client).money is models.Money.TAKEN)
    summary = api(package, "sessions.get_summary").sync(opened.id, client=client)
    assert [attempt.outcome for attempt in summary.attempts] == ["approved"]
    refused = pay.sync(opened.id, client=client, body=models.Pay(method="sandbox_approve"))
    assert (refused.code, refused.money) == ("closed", models.Money.TAKEN)


def test_each_call_has_a_function_of_its_own(package: str) -> None:
    for methods in description()["paths"].values():
        for said in methods.values():
            tag = said["tags"][0].lower().replace(" ", "_")
            name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in said["operationId"])
            assert callable(api(package, f"{tag}.{name}").sync_detailed)


def api(package: str, module: str) -> ModuleType:
    return import_module(f"{package}.api.{module}")
