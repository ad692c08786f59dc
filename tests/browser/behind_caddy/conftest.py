"""The same browser at a shop behind Caddy: https://localhost:<port>/shop."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import opening
from tests.support import caddy
from tests.support.caddy import ShopBehindCaddy
from tests.support.databases import Databases
from tests.support.running import RunningShop


@pytest.fixture(scope="package")
def shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """With the times of the shop that is tried without a proxy."""
    if not caddy.PROGRAM:
        pytest.skip(caddy.NONE)
    with opening(databases, prepared_database, tmp_path_factory) as start:
        yield start(ShopBehindCaddy, payment_timeout=1, reconcile_interval=0.8, poll_interval=0.3)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Caddy's certificates here are of an authority that no browser knows."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.fixture
def hosts() -> set[str | None]:
    return {caddy.HOST, None}
