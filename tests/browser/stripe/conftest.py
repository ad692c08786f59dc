"""A shop that works with Stripe, and browsers that find a double of Stripe's library where Stripe's own would be."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import opening
from tests.browser.stripe import stripe_js
from tests.browser.stripe.card_page import CardPage
from tests.support.databases import Databases
from tests.support.running import RunningShop
from tests.support.stripe_server import StripeServer


@pytest.fixture(scope="package")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeServer]:
    server = StripeServer(tmp_path_factory.mktemp("stripe"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def card_shop(
    databases: Databases, prepared_database: str, stripe: StripeServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """Works with Stripe. At the end Stripe's books and its own must agree."""
    with opening(databases, prepared_database, tmp_path_factory) as start:
        yield start(stripe=stripe, payment_timeout=5, reconcile_interval=0.5, poll_interval=0.3)


@pytest.fixture
def hosts(hosts: set[str | None]) -> set[str | None]:
    return hosts | stripe_js.HOSTS


@pytest.fixture
def watch(watch: Callable[[BrowserContext], None], stripe: StripeServer) -> Callable[[BrowserContext], None]:
    def watch_and_serve(context: BrowserContext) -> None:
        watch(context)
        stripe_js.serve(context, stripe)

    return watch_and_serve


@pytest.fixture
def payment(page: Page, card_shop: RunningShop, stripe: StripeServer) -> CardPage:
    """The payment page of a fresh order for a teapot."""
    payment = CardPage(page, card_shop, card_shop.visitor().order(), stripe)
    payment.open()
    return payment


@pytest.fixture
def another_page(page: Page, another_browser: Callable[..., Page]) -> Callable[..., Page]:
    """Another tab of the same browser, or with options a page of another browser."""

    def open_page(**options: Any) -> Page:
        return another_browser(**options) if options else page.context.new_page()

    return open_page
