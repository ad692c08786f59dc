"""Whatever happens to a payment, in whatever order: the promises hold at every moment, and everything ends right."""

import os
from pathlib import Path

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from smartcart import create_app
from smartcart.config import Settings
from tests.payments.machine import ShopMachine
from tests.support.databases import Databases, close_connections

# For a long run: SMARTCART_TEST_EXAMPLES=5000. They are others in each run; so many take a quarter of a minute on each
# database, of which PostgreSQL with its two processes needs twice the time for each.
USUAL_EXAMPLES = {"sqlite": 40, "postgresql": 16}
EXAMPLES = int(os.environ.get("SMARTCART_TEST_EXAMPLES", "0"))
THOROUGHLY = settings(
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
# One process on SQLite, as it is meant to be used; on PostgreSQL two that share the database.
PROCESSES = {"sqlite": 1, "postgresql": 2}


def test_every_payment_ends_right_whatever_happens_in_whatever_order(
    tmp_path: Path, databases: Databases, database: str
) -> None:
    kind = database.partition(":")[0]
    apps = [_app(database, tmp_path) for _ in range(PROCESSES[kind])]
    thoroughly = settings(THOROUGHLY, max_examples=EXAMPLES or USUAL_EXAMPLES[kind])

    def empty_database() -> None:
        close_connections()
        databases.empty(database)

    run_state_machine_as_test(lambda: ShopMachine(apps, empty_database, tmp_path), settings=thoroughly)


def _app(database: str, folder: Path) -> Flask:
    return create_app(
        Settings(
            database_url=database,
            secret_key="a secret key for tests",
            sandbox_ledger=folder / "books.sqlite3",
            gateway_threads=3,
        )
    )
