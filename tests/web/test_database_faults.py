"""What the database cannot do for now is told from what it rightly refuses."""

import logging
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart import create_app
from smartcart.config import Settings
from smartcart.database import faults
from smartcart.database.session import db, writing
from smartcart.payments.flow import reconciler
from smartcart.server import timetable
from tests.support.databases import ON_BOTH
from tests.support.ports import free_port

SESSION = 32 * "a"


@pytest.fixture
def cut_off(tmp_path: Path) -> Flask:
    """A shop whose database is not there."""
    address = f"postgresql://shop:a-password@127.0.0.1:{free_port()}/shop"
    return create_app(
        Settings(
            database_url=address, secret_key="x" * 32, sandbox_ledger=tmp_path / "ledger.sqlite3", rate_limit="off"
        )
    )


@pytest.fixture(autouse=True)
def nothing_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_told", {})


@pytest.fixture
def broken(app: Flask) -> Flask:
    """A page with a defect: it writes what the database refuses."""

    @app.get("/broken")
    def broken() -> None:
        with writing():
            db.session.execute(text("insert into product (slug) values (null)"))

    return app


@pytest.mark.parametrize("path", ["/", "/cart", f"/pay/{SESSION}", f"/pay/{SESSION}/status?seen=1"])
def test_a_page_says_so_in_plain_words(cut_off: Flask, path: str) -> None:
    answer = cut_off.test_client().get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "We cannot reach our books right now" in answer.text
    assert "a-password" not in answer.text
    assert "psycopg" not in answer.text


@pytest.mark.parametrize("path", [f"/session/{SESSION}", f"/session/{SESSION}/summary"])
def test_the_api_says_that_the_money_is_being_checked(cut_off: Flask, path: str) -> None:
    answer = cut_off.test_client().get(f"/api/payments{path}", headers={"Authorization": "Bearer sk_unknown"})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    problem = answer.get_json()
    assert (problem["code"], problem["money"]) == ("database_unavailable", "checking")


def test_the_log_has_one_line_for_many_requests_and_jobs(cut_off: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = cut_off.test_client()
    for _ in range(3):
        client.get("/cart")
        client.get(f"/pay/{SESSION}")
        timetable.do(cut_off, reconciler.reconcile)
        timetable.do(cut_off, reconciler.sweep)
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert "the database cannot do its work" in lines[0].getMessage()
    assert "SELECT" not in lines[0].getMessage()
    assert lines[0].exc_info is None


def test_the_same_is_told_again_after_a_while(
    cut_off: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(faults, "REMINDER", 0.0)
    for _ in range(2):
        cut_off.test_client().get("/cart")
    assert len([record for record in caplog.records if record.name == faults.__name__]) == 2


@ON_BOTH
def test_what_the_database_refuses_is_a_defect_of_ours(broken: Flask, caplog: pytest.LogCaptureFixture) -> None:
    answer = broken.test_client().get("/broken")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["unforeseen error"]


def test_a_job_with_a_defect_is_not_calmed_down(broken: Flask) -> None:
    def job() -> int:
        with writing():
            db.session.execute(text("insert into product (slug) values (null)"))
        return 0

    with pytest.raises(Exception, match="product"):
        timetable.do(broken, job)
