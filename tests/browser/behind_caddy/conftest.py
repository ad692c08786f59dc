"""The same browser at a shop behind Caddy: https://localhost:<port>/shop."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import caddy
from tests.support.caddy import ShopBehindCaddy


@pytest.fixture(scope="package")
def shop(open_shared_shop: Callable[..., ShopBehindCaddy]) -> ShopBehindCaddy:
    """With the times of the shop that is tried without a proxy."""
    if not caddy.PROGRAM:
        pytest.skip(caddy.NONE)
    return open_shared_shop(ShopBehindCaddy, payment_timeout=1, reconcile_interval=0.8, poll_interval=0.3)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Caddy's certificates here are of an authority that no browser knows."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.fixture
def hosts() -> set[str | None]:
    return {caddy.HOST, None}
