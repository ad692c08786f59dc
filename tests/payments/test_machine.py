"""Whatever happens to a payment, in whatever order: the promises hold at every moment, and everything ends right."""

import os
import shutil
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from smartcart import create_app
from smartcart.config import Settings
from smartcart.db import db
from tests.payments.machine import ShopMachine

# For a long run: SMARTCART_TEST_EXAMPLES=5000. As many as below take about half a minute.
EXAMPLES = int(os.environ.get("SMARTCART_TEST_EXAMPLES", "80"))
THOROUGHLY = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def test_every_payment_ends_right_whatever_happens_in_whatever_order(tmp_path: Path, migrated_database: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    app = create_app(
        Settings(
            database_url=f"sqlite:///{database}",
            secret_key="a secret key for tests",
            sandbox_ledger=tmp_path / "books.sqlite3",
            gateway_threads=8,
        )
    )

    def empty_database() -> None:
        with app.app_context():
            db.engine.dispose()
        for leftover in tmp_path.glob("shop.sqlite3*"):
            leftover.unlink()
        shutil.copy(migrated_database, database)

    run_state_machine_as_test(lambda: ShopMachine([app], empty_database, tmp_path), settings=THOROUGHLY)
    empty_database()
