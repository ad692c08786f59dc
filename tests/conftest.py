"""A shop for each test: a real SQLite file with the real migrations, a sandbox gateway with its own books."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient

from smartcart import clock, create_app
from smartcart.config import Settings
from smartcart.db import db
from smartcart.gateways.sandbox import Sandbox
from tests.running import RunningShop
from tests.shopper import Shopper


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows, to be copied: migrating once is enough."""
    path = tmp_path_factory.mktemp("database") / "migrated.sqlite3"
    settings = Settings(
        database_url=f"sqlite:///{path}", secret_key="x" * 32, sandbox_ledger=path.parent / "ledger.sqlite3"
    )
    with create_app(settings).app_context():
        flask_migrate.upgrade()
        db.engine.dispose()  # the last connection to close moves everything from the write-ahead log into the file
    return path


@pytest.fixture(autouse=True)
def the_log_stays_on() -> Iterator[None]:
    """The app's logger belongs to the process: a test that quiets it must not quiet the tests after it."""
    yield
    logging.getLogger("smartcart").disabled = False


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path) -> Settings:
    """Short times, so that a test waits for nothing longer than it must."""
    shutil.copy(migrated_database, tmp_path / "shop.sqlite3")
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'shop.sqlite3'}",
        secret_key="a secret key for tests",
        sandbox_ledger=tmp_path / "sandbox.sqlite3",
        payment_timeout=0.5,
        retry_delay=0.1,
        reconcile_interval=0.1,
        rate_limit="off",
    )


@pytest.fixture
def sandbox(settings: Settings) -> Sandbox:
    return Sandbox(settings.sandbox_ledger)


@pytest.fixture
def app(settings: Settings, sandbox: Sandbox) -> Iterator[Flask]:
    app = create_app(settings, sandbox)
    with app.app_context():
        yield app
    clock.hold(None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def shopper(app: Flask) -> Shopper:
    """Somebody with a browser of their own."""
    return Shopper(app.test_client())


@pytest.fixture(scope="session")
def prepared_shop(tmp_path_factory: pytest.TempPathFactory) -> RunningShop:
    """A shop that `make run` has prepared and not started: migrating once is enough."""
    shop = RunningShop(tmp_path_factory.mktemp("prepared"))
    shop.prepare()
    shop.put_on_sale("teapot")
    return shop
