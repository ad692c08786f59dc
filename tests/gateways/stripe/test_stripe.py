"""Stripe's own dangers: requests that arrive late or are still being worked on, and what may be asked and answered."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcart.gateways.protocol import ChargeRequest, Gateway, GatewayError, Handle
from smartcart.rules.outcomes import Interruption, Outcome, OutcomeKind
from tests.support.fault_proxy import Fault, fault_proxy
from tests.support.ports import free_port
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import APPROVE, CHALLENGE, DECLINE, PUBLISHABLE_KEY
from tests.support.waiting import wait_for

HANDLE = Handle("a-session", None, 4200, "EUR")


@pytest.fixture
def gateway(stripe: StripeServer) -> Gateway:
    return stripe.gateway()


@pytest.fixture
def charge(stripe: StripeServer, gateway: Gateway) -> Callable[..., Outcome]:
    """Charge the session; `number` is that of a card."""

    def make(
        number: str = APPROVE, attempt: int = 1, timeout: float = 30.0, token: str = "", by: Gateway = gateway
    ) -> Outcome:
        return by.charge(
            ChargeRequest(
                HANDLE.session,
                gateway.open(HANDLE, 30.0),
                attempt,
                token or stripe.token(number),
                4200,
                "EUR",
                timeout,
                "https://shop.example/return",
            )
        )

    return make


@pytest.fixture
def handle(gateway: Gateway) -> Handle:
    return replace(HANDLE, reference=gateway.open(HANDLE, 30.0))


def test_one_intent_serves_all_attempts(stripe: StripeServer, charge: Callable[..., Outcome]) -> None:
    outcomes = [charge(number, attempt).kind for attempt, number in enumerate((DECLINE, DECLINE, APPROVE), start=1)]
    assert outcomes == ["declined", "declined", "approved"]
    [intent] = stripe.all("payment_intent")
    assert intent["metadata"] == {
        "smartcart_session": "a-session",
        "smartcart_shop": "this shop",
        "smartcart_attempt": "3",
    }
    assert intent["capture_method"] == "automatic"


def test_every_change_is_made_with_a_key_of_its_own(
    stripe: StripeServer, gateway: Gateway, charge: Callable[..., Outcome], handle: Handle
) -> None:
    charge(DECLINE)
    charge(DECLINE, attempt=2)
    gateway.close(handle)
    keys = [call["key"] for call in stripe.calls() if call["method"] == "POST" and "token" not in call["path"]]
    opened, *others = list(dict.fromkeys(keys))
    assert opened == "a-session-open"
    assert others[:3] == ["a-session-1", "a-session-2-mark", "a-session-2"]
    assert others[3].startswith("a-session-close-")


def test_the_bank_may_ask_on_a_page_of_its_own(stripe: StripeServer, charge: Callable[..., Outcome]) -> None:
    outcome = charge(token=stripe.token(type="ideal"))
    assert (outcome.kind, outcome.action_secret) == (OutcomeKind.ACTION_REQUIRED, "")
    assert outcome.action_url.startswith(stripe.url)


def test_what_is_being_charged_is_not_said_to_be_not_charged(
    stripe: StripeServer, gateway: Gateway, charge: Callable[..., Outcome], handle: Handle
) -> None:
    stripe.take_long("/confirm$", 1.0)
    assert charge(timeout=0.2).interruption is Interruption.TIMEOUT
    assert gateway.ask(handle, 1).kind is OutcomeKind.PENDING
    assert gateway.withdraw(handle, 1).kind is OutcomeKind.UNKNOWN  # the intent is locked
    wait_for(stripe.charges)
    assert gateway.withdraw(handle, 1).kind is OutcomeKind.APPROVED


def test_what_is_being_declined_is_not_said_to_be_over(
    stripe: StripeServer, gateway: Gateway, charge: Callable[..., Outcome], handle: Handle
) -> None:
    charge(DECLINE)
    stripe.take_long("/confirm$", 1.0)
    assert charge(DECLINE, attempt=2, timeout=0.2).interruption is Interruption.TIMEOUT
    assert gateway.withdraw(handle, 2).kind is OutcomeKind.UNKNOWN
    outcome = wait_for(lambda: _known(gateway.withdraw(handle, 2)))
    assert outcome
    assert outcome.charged_nothing
    assert len([call for call in stripe.calls() if call["status"] == 402]) == 2


def _known(outcome: Outcome) -> Outcome | None:
    return outcome if outcome.kind not in (OutcomeKind.UNKNOWN, OutcomeKind.PENDING) else None


def test_withdrawn_and_charged_at_once_is_one_or_the_other(
    stripe: StripeServer, gateway: Gateway, handle: Handle
) -> None:
    """Both arrive in any order, twenty times over; what is said to be withdrawn is not charged later."""
    with ThreadPoolExecutor(2) as threads:
        for number in range(20):
            each = replace(handle, session=f"session-{number}", reference=None)
            each = replace(each, reference=gateway.open(each, 30.0))
            request = ChargeRequest(
                each.session, each.reference or "", 1, stripe.token(), 4200, "EUR", 30.0, "https://shop.example/"
            )
            charging = threads.submit(gateway.charge, request)
            withdrawing = threads.submit(gateway.withdraw, each, 1)
            charging.result()
            said = withdrawing.result()
            charged = [each.session for charge in stripe.charges() if charge["payment_intent"] == each.reference]
            assert said.kind in (OutcomeKind.APPROVED, OutcomeKind.NOT_CHARGED, OutcomeKind.UNKNOWN)
            if said.kind is not OutcomeKind.UNKNOWN:
                assert bool(charged) is (said.kind is OutcomeKind.APPROVED)
            assert (gateway.ask(each, 1).kind is OutcomeKind.APPROVED) is bool(charged)


def test_a_request_that_comes_after_the_intent_was_closed_charges_nothing(
    stripe: StripeServer, gateway: Gateway, charge: Callable[..., Outcome], handle: Handle
) -> None:
    charge(CHALLENGE)
    assert gateway.close(handle).kind is OutcomeKind.NOT_CHARGED
    assert charge(attempt=2).kind is OutcomeKind.NOT_CHARGED
    assert stripe.charges() == []


def test_another_amount_at_stripe_is_never_paid(
    stripe: StripeServer, gateway: Gateway, charge: Callable[..., Outcome], handle: Handle
) -> None:
    stripe.change(f"payment_intent:{handle.reference}", amount=42)
    assert charge().code == "amount_differs"
    for outcome in (gateway.ask(handle, 1), gateway.withdraw(handle, 1), gateway.close(handle)):
        assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "amount_differs")


def test_a_token_is_used_once(stripe: StripeServer, charge: Callable[..., Outcome]) -> None:
    token = stripe.token(DECLINE)
    charge(token=token)
    outcome = charge(token=token, attempt=2)
    assert (outcome.kind, outcome.code) == (OutcomeKind.NOT_CHARGED, "resource_missing")


def test_a_wrong_key_charges_nothing_and_is_not_tried_again(stripe: StripeServer) -> None:
    gateway = type(stripe.gateway())("sk_test_wrong", PUBLISHABLE_KEY, stripe.url, "this shop", 10.0)
    with pytest.raises(GatewayError) as raised:
        gateway.open(HANDLE, 30.0)
    assert raised.value.outcome.kind is OutcomeKind.NOT_CHARGED
    assert gateway.ask(replace(HANDLE, reference="pi_1"), 1).kind is OutcomeKind.UNKNOWN


def test_an_intent_that_this_account_does_not_have_proves_nothing(gateway: Gateway) -> None:
    lost = replace(HANDLE, reference="pi_of_another_account")
    assert gateway.ask(lost, 1).kind is OutcomeKind.UNKNOWN
    assert gateway.withdraw(lost, 1).kind is OutcomeKind.UNKNOWN
    assert gateway.close(lost).kind is OutcomeKind.UNKNOWN


def test_a_sum_that_stripe_cannot_charge_is_refused_and_can_be_closed(gateway: Gateway) -> None:
    odd = Handle("odd", None, 5001, "KWD")
    with pytest.raises(GatewayError) as raised:
        gateway.open(odd, 30.0)
    assert raised.value.outcome.kind is OutcomeKind.NOT_CHARGED
    assert gateway.close(odd).kind is OutcomeKind.NOT_CHARGED


@pytest.mark.parametrize("fault", [Fault.SILENT_BEFORE, Fault.SILENT_AFTER, Fault.DRIP])
def test_no_question_takes_longer_than_its_time(stripe: StripeServer, fault: Fault) -> None:
    with fault_proxy(stripe.port) as proxy:
        gateway = stripe.gateway(proxy.url, patience=0.3)
        proxy.meet("", fault)
        begun = time.monotonic()
        with pytest.raises(GatewayError) as raised:
            gateway.open(HANDLE, 0.3)
        for ask in (gateway.ask, gateway.withdraw):
            assert ask(replace(HANDLE, reference="pi_1"), 1).interruption is Interruption.TIMEOUT
        assert gateway.close(replace(HANDLE, reference="pi_1")).interruption is Interruption.TIMEOUT
        # Four questions of 0.3 s; the rest is what a busy machine may take.
        assert time.monotonic() - begun < 6.0
    outcome = raised.value.outcome
    assert (outcome.kind, outcome.interruption) == (OutcomeKind.NOT_CHARGED, Interruption.TIMEOUT)


def test_only_what_was_never_sent_is_unreachable(
    charge: Callable[..., Outcome], stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = stripe.gateway(f"http://127.0.0.1:{free_port()}")
    assert charge(by=nobody).kind is OutcomeKind.UNREACHABLE
    no_address = stripe.gateway("http://stripe.example")
    monkeypatch.setattr(socket, "create_connection", _without_names(socket.create_connection))
    assert charge(by=no_address).kind is OutcomeKind.UNREACHABLE
    with fault_proxy(stripe.port) as proxy:
        proxy.meet("", Fault.RESET_BEFORE)
        assert charge(by=stripe.gateway(proxy.url)).kind is OutcomeKind.UNKNOWN
    assert stripe.charges() == []


def _without_names(connect: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
    """A machine whose name server is gone."""

    def connect_by_number(address: tuple[str, int], *more: object, **named: object) -> socket.socket:
        if not address[0].replace(".", "").isdigit():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return connect(address, *more, **named)

    return connect_by_number


def test_a_connection_that_came_too_late_is_not_used(
    charge: Callable[..., Outcome], stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To ask a name server takes as long as it takes; the attempt may have been given up meanwhile."""
    connect = socket.create_connection

    def slow_connect(*given: Any, **named: Any) -> socket.socket:
        time.sleep(0.3)
        return connect(*given, **named)

    gateway = stripe.gateway()
    token = stripe.token()
    charge(DECLINE)
    monkeypatch.setattr(socket, "create_connection", slow_connect)
    assert charge(attempt=2, timeout=0.2, token=token, by=gateway).charged_nothing
    monkeypatch.undo()
    assert stripe.charges() == []


@pytest.mark.parametrize("token", ["ctoken_1NnQUf2eZvKYlo2CIObdtbnb", "ctoken_0"])
def test_it_takes_what_its_own_fields_make(gateway: Gateway, token: str) -> None:
    assert gateway.accepts(token)


@pytest.mark.parametrize(
    "token", ["", "ctoken_", "4242424242424242", "sandbox_approve", "pm_card_visa", "ctoken_a b", "ctoken_" + "a" * 80]
)
def test_it_takes_nothing_else(gateway: Gateway, token: str) -> None:
    assert not gateway.accepts(token)


def test_the_page_loads_what_belongs_to_the_version_that_is_spoken(gateway: Gateway) -> None:
    assert gateway.browser
    assert gateway.browser.script.startswith("https://js.stripe.com/")
    assert gateway.browser.publishable_key == PUBLISHABLE_KEY
    assert gateway.is_test


def test_a_shop_with_the_sandbox_does_without_stripes_library(tmp_path: Path) -> None:
    """It would cost every process memory, and every start time."""
    script = (
        "import sys; from smartcart import create_app; from smartcart.config import Settings; from pathlib import Path;"
        f"create_app(Settings(secret_key='x' * 32, sandbox_ledger=Path({str(tmp_path / 'books')!r})));"
        "sys.exit('stripe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
