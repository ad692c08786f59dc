"""The gateways that keep the contract: each by a parameter of `counter`."""

from pathlib import Path

import pytest

from smartcart.gateways.sandbox.gateway import Sandbox
from tests.gateways.counter import Counter
from tests.gateways.still_time import StillTime
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE


@pytest.fixture(params=["sandbox", "stripe"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Counter:
    if request.param == "stripe":
        return _stripe(request.getfixturevalue("stripe"))
    return _sandbox(tmp_path)


def _sandbox(folder: Path) -> Counter:
    time = StillTime()
    sandbox = Sandbox(folder / "books.sqlite3", time.now, time.sleep)
    return Counter(
        sandbox,
        "sandbox_approve",
        "sandbox_decline",
        "sandbox_challenge",
        answer_bank=sandbox.ledger.answer_challenge,
        dispute=lambda handle, status: sandbox.ledger.dispute(handle.reference or "", handle.amount, status),
        fail_refund=lambda handle, key: sandbox.ledger.fail_refund(key),
        wait=lambda: time.sleep(2.0),
        wait_long=time.sleep,
    )


def _stripe(server: StripeServer) -> Counter:
    return Counter(
        server.gateway(),
        APPROVE,
        DECLINE,
        CHALLENGE,
        answer_bank=server.answer_bank,
        dispute=lambda handle, status: _dispute(server, handle.reference or "", status),
        fail_refund=lambda handle, key: _fail_refund(server, key),
        wait=lambda: server.let_time_pass(2),
        wait_long=server.let_time_pass,
        make=lambda method: server.token(method) if method.isdigit() else method,
    )


def _fail_refund(server: StripeServer, key: str) -> None:
    [refund] = [each for each in server.all("refund") if each["metadata"].get("smartcart_refund") == key]
    server.end_refund(refund["id"], "failed")


def _dispute(server: StripeServer, intent: str, status: str) -> None:
    if status == "open":
        server.dispute(intent)
    else:
        server.close_dispute(server.all("dispute")[-1]["id"], won=status == "won")
