"""Rows that have aged are forgotten, and nobody who wants to write waits for long."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, insert, select

from smartcart import clock
from smartcart.database import forgetting
from smartcart.database.session import db, writing
from smartcart.payments.api import idempotency
from smartcart.payments.api.models import KeptAnswer

pytestmark = pytest.mark.usefixtures("app")


def keep(number: int, age: timedelta) -> None:
    """So many answers of that age."""
    rows = [
        {"caller": "a merchant", "key": f"{age} {each}", "fingerprint": "", "kept_at": clock.now() - age}
        for each in range(number)
    ]
    with writing():
        db.session.execute(insert(KeptAnswer), rows)


def test_they_go_a_batch_a_transaction_and_the_young_stay() -> None:
    keep(3 * forgetting.BATCH - 1, timedelta(hours=25))
    keep(2, timedelta(hours=23))
    commits: list[object] = []
    note = commits.append
    event.listen(db.engine, "commit", note)
    assert idempotency.forget_old() == 3 * forgetting.BATCH - 1
    event.remove(db.engine, "commit", note)
    assert len(commits) == 3
    assert db.session.scalar(select(func.count()).select_from(KeptAnswer)) == 2
