"""`make run` ends in `smartcart serve`, which says what to do with it."""

import pytest

from smartcart.gateways.sandbox.gateway import BEHAVIOURS
from smartcart.server import serve
from tests.commands.running import SERVE, Command


@pytest.fixture(autouse=True)
def serving_ends_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(serve, "serve", lambda *_, **__: None)


def test_it_says_what_to_try_first_and_how_to_stop_it(run: Command, migrated: str) -> None:
    printed = run(*SERVE).out
    first = next(line for line in printed.splitlines() if line.startswith("To try first:"))
    assert f'pay with "{BEHAVIOURS["sandbox_timeout_charged"].label}"' in first
    assert "Ctrl-C stops it" in printed


def test_where_money_is_real_nothing_is_to_be_tried(
    run: Command, environment: pytest.MonkeyPatch, migrated: str
) -> None:
    environment.setenv("SMARTCART_GATEWAY", "stripe")
    environment.setenv("SMARTCART_STRIPE_SECRET_KEY", "sk_live_1")
    environment.setenv("SMARTCART_STRIPE_PUBLISHABLE_KEY", "pk_live_1")
    printed = run(*SERVE).out
    assert "Ctrl-C stops it" in printed
    assert "try" not in printed
