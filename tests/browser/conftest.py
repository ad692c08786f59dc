"""A real browser at the shop as `make run` runs it: a shop for each set of times, a fresh browser for each test."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError, expect

from tests.browser.payment_page import PaymentPage
from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop
from tests.support.silent_gateway import PatientShop
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
# Two cores may be busy with other tests; on idle ones every wait here ends within 3 s.
expect.set_options(timeout=60_000)

# A browser tells it of a page that did what its Content-Security-Policy forbids.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error("Content-Security-Policy violated:", event.violatedDirective, event.blockedURI, event.sourceFile));"""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Browsers meet one database, unless a test asks for both: what a page looks like and does is the same on either,
    and what the databases do meanwhile is held by the tests of payments, and of interruptions."""
    if not any("databases" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")):
        metafunc.definition.add_marker(ON_SQLITE)


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: every address here is whole. Stands in for pytest-playwright's own, which pytest 9 warns of."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("SMARTCART_TEST_CHROMIUM") or _find_chromium(),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing moves: what turns on the page is drawn by the very cores that the tests need."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def open_shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., RunningShop]]:
    """Starts shops with settings of their own, which are open until the last test of the file."""
    with opening(databases, prepared_database, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="package")
def open_shared_shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., RunningShop]]:
    """Starts shops for the tests of many files, open until the last test of this room: each takes a fiftieth of a core
    for as long as it is open, and most rooms come after this one."""
    with opening(databases, prepared_database, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="package")
def shop(open_shared_shop: Callable[..., PatientShop]) -> PatientShop:
    """Polls fast; what is being checked may be known within a second, or when a test has seen what it wants to see."""
    return open_shared_shop(PatientShop, payment_timeout=1, reconcile_interval=0.8, poll_interval=0.3)


@pytest.fixture(scope="package")
def silent_shop(open_shared_shop: Callable[..., PatientShop]) -> PatientShop:
    """Its pages do not poll, so they stay as they are; and it is slow to ask."""
    return open_shared_shop(PatientShop, poll_interval=0, reconcile_interval=2)


@pytest.fixture(scope="package")
def patient_shop(open_shared_shop: Callable[..., PatientShop]) -> PatientShop:
    """Waits for its gateway until a test has seen what it wants to see, however busy the machine."""
    return open_shared_shop(PatientShop, payment_timeout=600, poll_interval=0.3)


@pytest.fixture(autouse=True)
def pages_behave(watch: Callable[[BrowserContext], None], context: BrowserContext) -> None:
    """Whatever a test is about, its pages obey their Content-Security-Policy, raise no error and ask no other host."""
    watch(context)


@pytest.fixture
def hosts() -> set[str | None]:
    """The hosts that the pages of a test may ask."""
    return {"127.0.0.1", None}


@pytest.fixture
def watch(hosts: set[str | None]) -> Iterator[Callable[[BrowserContext], None]]:
    """Watches a browser until the end of the test, which fails by what was seen."""
    seen: list[str] = []

    def read(message: ConsoleMessage) -> None:
        if "Content-Security-Policy" in message.text or "Content Security Policy" in message.text:
            seen.append(message.text)

    def look(request: Request) -> None:
        if urlsplit(request.url).hostname not in hosts:
            seen.append(f"request to another host: {request.url}")

    def hear(error: WebError) -> None:
        seen.append(f"error in a script: {error.error}")

    def watch(context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", read)
        context.on("request", look)
        context.on("weberror", hear)

    yield watch
    assert not seen


@pytest.fixture
def another_browser(
    new_context: Callable[..., BrowserContext], watch: Callable[[BrowserContext], None]
) -> Callable[..., Page]:
    """Opens a page of a browser that shares nothing with the first: another device, or one set up in another way."""

    def open_page(**options: Any) -> Page:
        context = new_context(**options)
        watch(context)
        return context.new_page()

    return open_page


@pytest.fixture
def payment(page: Page, shop: RunningShop) -> PaymentPage:
    """The payment page of a fresh order for a teapot."""
    return PaymentPage.of_new_order(page, shop)


@contextmanager
def opening(
    databases: Databases, template: str, folders: pytest.TempPathFactory
) -> Iterator[Callable[..., RunningShop]]:
    """What starts shops; in the end they are closed, and their books must be in order."""
    shops: list[RunningShop] = []

    def start(kind: type[RunningShop] = RunningShop, **settings: object) -> RunningShop:
        shops.append(kind(folders.mktemp("shop"), databases.create(template), **settings))
        shops[-1].start()
        return shops[-1]

    yield start
    for shop in shops:
        close(shop)


def close(shop: RunningShop) -> None:
    """What tests left in flight is settled first; then the gateway's books and the shop's must agree."""
    try:
        wait_for(lambda: not shop.audit())
    finally:
        shop.abandon()


def _find_chromium() -> str:
    found = subprocess.run(["tools/find-chromium"], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.strip()
