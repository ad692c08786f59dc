"""A shop for each test: a real database with the real migrations, a sandbox gateway with its own books."""

import gc
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.config.values import database_url
from smartcart.gateways.sandbox import gateway
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.payments.opened import NOW
from tests.support import addresses, compiled, forks, side_by_side
from tests.support.cheap_hashes import hash_cheaply
from tests.support.databases import ON_SQLITE, Databases, PostgreSQLDatabases, SQLiteFiles, close_connections, migrate
from tests.support.pace import PROMPT_BEHAVIOURS, PROMPT_SILENCE, SILENCE
from tests.support.ports import free_port
from tests.support.postgresql import PostgreSQL
from tests.support.running import RunningShop
from tests.support.shopper import Shopper
from tests.support.stripe_server import StripeServer
from tests.support.templates import CompiledTemplates

# Where files lie in memory. Tests end processes, never the machine: what they write need not be on its disk, and to
# wait for that took a third of their time.
MEMORY = Path("/dev/shm")  # noqa: S108
# In bytes; a whole run leaves a tenth of it there. A container's own often has less, and the disk does as well.
ENOUGH = 4 * 1024**3

# Rooms that meet one database, unless a test asks for both: what they ask of it is the same on either. What differs
# (constraints, races, locks, sorting and paging, sums, what each refuses) says ON_BOTH there; payments/core and the
# rest of payments are held on both.
TESTS = Path(__file__).parent
ON_ONE = [TESTS / room for room in ("admin", "payments/api", "payments/page", "payments/saved_cards", "shop", "web")]

# What both databases cost to make is paid once: pytest makes the fixtures of the one anew whenever it comes back to it
# from the other.
_databases: dict[str, Databases] = {}
_migrated: dict[Databases, str] = {}
_prepared: dict[Databases, str] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(side_by_side)
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    gc.set_threshold(20_000, 20, 20)  # to look for an app's circles as often as is usual is a sixth of the work
    addresses.compile_once()
    compiled.compile_once()
    hash_cheaply()
    Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    test = metafunc.definition
    asked_for = any("databases" in mark.args[0] for mark in test.iter_markers("parametrize"))
    if "databases" in metafunc.fixturenames and not asked_for and set(ON_ONE) & set(test.path.parents):
        test.add_marker(ON_SQLITE)


def pytest_sessionfinish() -> None:
    forks.end()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for all tests that disturb nobody else's; started for the first of them."""
    server = PostgreSQL(free_port())
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Every test that touches a database runs on both, first all on the one and then all on the other."""
    if request.param not in _databases:
        _databases[request.param] = (
            SQLiteFiles(tmp_path_factory.mktemp("databases"))
            if request.param == "sqlite"
            else PostgreSQLDatabases(request.getfixturevalue("postgresql"))
        )
    return _databases[request.param]


@pytest.fixture(scope="session")
def migrated_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with all tables and no rows, to be copied: migrating once is enough."""
    if databases not in _migrated:
        _migrated[databases] = databases.create()
        migrate(_migrated[databases], tmp_path_factory.mktemp("migrating"))
    return _migrated[databases]


@pytest.fixture(scope="session")
def prepared_database(databases: Databases, migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of a shop that `make run` has prepared and not started, with teapots on sale; to be copied."""
    if databases not in _prepared:
        shop = RunningShop(tmp_path_factory.mktemp("prepared"), databases.create(migrated_database))
        shop.prepare()
        shop.put_on_sale("teapot")
        _prepared[databases] = shop.database
    return _prepared[databases]


@pytest.fixture
def database(databases: Databases, migrated_database: str) -> Iterator[str]:
    """The address of a database of the test's own, with all tables and no rows."""
    database = databases.create(migrated_database)
    yield database
    close_connections()
    databases.give_back(database)


@pytest.fixture(autouse=True)
def the_log_stays_on() -> Iterator[None]:
    """Logging belongs to the process: what a test quiets, or sends elsewhere, is for the tests after it as it was."""
    yield
    log, shop = logging.getLogger(), logging.getLogger("smartcart")
    for handler in [each for each in log.handlers if type(each) is logging.StreamHandler]:
        log.removeHandler(handler)  # it writes to what was standard error for that test
    log.setLevel(logging.WARNING)
    shop.setLevel(logging.NOTSET)
    shop.disabled = False


@pytest.fixture(scope="session")
def usual_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Short times, so that a test waits for nothing longer than it must; but a busy machine has time for an attempt.

    To read settings takes 5 ms: it is done once.
    """
    return Settings(
        secret_key="a secret key for tests",
        data=tmp_path_factory.mktemp("data"),
        payment_timeout=4.0,
        retry_delay=0.1,
        reconcile_interval=0.1,
        rate_limit="off",
        fraud="off",  # tests pay as no honest shopper does; those of the rules switch it on
    )


@pytest.fixture
def settings(usual_settings: Settings, tmp_path: Path, database: str) -> Settings:
    own = {"database_url": database_url(database), "sandbox_ledger": tmp_path / "sandbox.sqlite3", "data": tmp_path}
    return usual_settings.model_copy(update=own)


@pytest.fixture
def unhurried() -> None:
    """The sandbox takes its usual time (see pace.py)."""


@pytest.fixture
def sandbox(settings: Settings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Who gets no answer need not wait for it until the time is over."""
    silence = SILENCE
    if "unhurried" not in request.fixturenames:
        monkeypatch.setattr(gateway, "BEHAVIOURS", PROMPT_BEHAVIOURS)
        silence = PROMPT_SILENCE
    return Sandbox(settings.sandbox_ledger, sleep=lambda seconds: time.sleep(min(seconds, silence)))


@pytest.fixture(autouse=True)
def the_clock_runs() -> Iterator[None]:
    """Again after each test, also where one without an app has held it: what comes next may go by its order in time."""
    yield
    clock.freeze(None)


@pytest.fixture
def app(settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    app = create_app(settings, sandbox)
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def shopper(app: Flask) -> Shopper:
    """Somebody with a browser of their own."""
    return Shopper(app.test_client())


@pytest.fixture(scope="session")
def stripe_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeServer]:
    server = StripeServer(tmp_path_factory.mktemp("stripe"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def stripe(stripe_of_the_run: StripeServer) -> StripeServer:
    """A Stripe that knows nothing yet."""
    stripe_of_the_run.clear()
    return stripe_of_the_run


@pytest.fixture
def still_clock(app: Flask) -> None:
    """It is NOW until time passes."""
    clock.freeze(NOW)
