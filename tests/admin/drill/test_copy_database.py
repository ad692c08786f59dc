"""The database of a drill's copy: one of its own at the server of a shop on PostgreSQL, which is gone afterwards."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from smartcart import clock, create_app
from smartcart.admin.drill import child, copy_database, jobs, runs
from smartcart.config import Settings
from smartcart.database import scratch
from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.rules.drills import SILENT_FOR, AskedBy, CopyOn, Scenario
from tests.admin.browser import AdminBrowser
from tests.drill.starting import databases_of_drills as there
from tests.support.databases import ON_POSTGRESQL
from tests.support.postgresql import PostgreSQL

# The tests' server lets everybody in, whatever they say it is.
PASSWORD = "hunter2"
# What the drill's process is, in place of itself: it writes down what it was started with and told, and ends.
HEARS = """
import json, os, sys
open({started!r}, "w").write(json.dumps([sys.orig_argv, dict(os.environ)]))
open({heard!r}, "w").write(sys.stdin.readline())
print(json.dumps({{"problem": "heard"}}), flush=True)
os._exit(0)
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    if settings.local:
        return settings
    return at(settings, password=PASSWORD)


def at(settings: Settings, **changes: str) -> Settings:
    url = make_url(settings.database_url).set(**changes)  # type: ignore[arg-type]
    return settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the drill's process was started with and told."""
    (folder := tmp_path / "code").mkdir()
    hears = HEARS.format(started=str(folder / "started"), heard=str(folder / "heard"))
    (folder / "sitecustomize.py").write_text(hears)
    monkeypatch.setattr(child, "CODE", [str(folder), *child.CODE])
    return folder


def taken_up() -> int:
    assert runs.ask([Scenario.LOST_REPLY], AskedBy.OWNER)
    run = runs.under_way()
    assert run
    assert runs.take_up(run.id)
    return run.id


def carry_out(run_id: int) -> None:
    jobs.carry_out(run_id, [Scenario.LOST_REPLY])
    assert runs.newest()[0].problem == "heard"


def is_on(run_id: int) -> CopyOn | None:
    db.session.rollback()
    return next(run.copy_on for run in runs.newest() if run.id == run_id)


@ON_POSTGRESQL
def test_the_order_names_the_copys_database_and_never_the_shops_own(
    app: Flask, settings: Settings, code: Path, postgresql: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    carry_out(run_id := taken_up())
    order = (code / "heard").read_text()
    told = make_url(json.loads(order)["database"])
    assert scratch.NAME.fullmatch(told.database or "")
    assert (told.username, told.password) == ("postgres", PASSWORD)
    own = make_url(settings.database_url).database
    assert own
    assert f"/{own}" not in order
    assert is_on(run_id) is CopyOn.POSTGRESQL
    assert (there(postgresql), runs.scratch_left()) == (set(), [])
    assert PASSWORD not in caplog.text + (code / "started").read_text()


def test_the_copy_of_a_shop_on_sqlite_is_on_sqlite_too(app: Flask, code: Path, admin: AdminBrowser) -> None:
    carry_out(run_id := taken_up())
    assert json.loads((code / "heard").read_text())["database"] == ""
    assert "The copy is on SQLite, as the shop is." in admin.read(f"/admin/drill/{run_id}")
    assert copy_database.drop_left() == 0


@pytest.fixture
def poor(settings: Settings, postgresql: PostgreSQL) -> Iterator[Settings]:
    """The shop with a user who may make no databases."""
    own = str(make_url(settings.database_url).database)
    postgresql.execute("create role poor login")
    for kind in ("tables", "sequences"):
        postgresql.execute(f"grant all on all {kind} in schema public to poor", database=own)
    yield at(settings, username="poor")
    postgresql.execute("drop owned by poor", database=own)
    postgresql.execute("drop role poor")


@ON_POSTGRESQL
def test_where_the_shops_user_may_make_none_the_copy_is_on_sqlite_and_the_page_says_so(
    poor: Settings, sandbox: Sandbox, code: Path, admin: AdminBrowser, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = taken_up()
    with create_app(poor, sandbox).app_context():
        carry_out(run_id)
        db.engine.dispose()
    assert json.loads((code / "heard").read_text())["database"] == ""
    page = admin.read(f"/admin/drill/{run_id}")
    assert "The copy is on SQLite, though the shop is on PostgreSQL" in page
    assert "may not create databases" in page
    assert "permission denied to create database" in caplog.text
    assert PASSWORD not in caplog.text + page
    assert runs.scratch_left() == []


@ON_POSTGRESQL
def test_where_none_can_be_made_for_another_reason_the_page_says_that(
    settings: Settings, code: Path, admin: AdminBrowser, monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSQL
) -> None:
    scratch.make(settings.database_url, "smartcart_drill_0123456789ab")
    monkeypatch.setattr(scratch, "new_name", lambda: "smartcart_drill_0123456789ab")
    carry_out(run_id := taken_up())
    assert json.loads((code / "heard").read_text())["database"] == ""
    assert is_on(run_id) is CopyOn.NOT_MADE
    assert "no database could be made for the copy there" in admin.read(f"/admin/drill/{run_id}")
    assert there(postgresql) == set()


def left_by_a_killed_drill(settings: Settings) -> str:
    """The name of a database of which nobody takes care any more; its drill runs on record."""
    name = scratch.new_name()
    assert runs.makes_scratch(taken_up(), name)
    scratch.make(settings.database_url, name)
    return name


def nobody_was_heard_of() -> None:
    clock.freeze(clock.now() + timedelta(seconds=SILENT_FOR + 1))
    runs.end_silent()


@ON_POSTGRESQL
def test_what_a_killed_drill_has_left_is_dropped_once_that_is_over_and_nothing_else_is(
    app: Flask, settings: Settings, postgresql: PostgreSQL
) -> None:
    left = left_by_a_killed_drill(settings)
    with scratch.scratch_database(settings.database_url) as of_another_shop:
        others = str(make_url(of_another_shop).database)
        assert copy_database.drop_left() == 0
        assert there(postgresql) == {left, others}
        nobody_was_heard_of()
        assert copy_database.drop_left() == 1
        assert (there(postgresql), runs.scratch_left()) == ({others}, [])


@ON_POSTGRESQL
def test_the_next_drill_drops_what_one_before_has_left(
    app: Flask, settings: Settings, code: Path, postgresql: PostgreSQL
) -> None:
    left_by_a_killed_drill(settings)
    nobody_was_heard_of()
    carry_out(taken_up())
    assert (there(postgresql), runs.scratch_left()) == (set(), [])


@ON_POSTGRESQL
def test_one_that_cannot_be_dropped_now_is_dropped_later(
    app: Flask, settings: Settings, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_by_a_killed_drill(settings)
    nobody_was_heard_of()
    with monkeypatch.context() as away:
        away.setattr(copy_database, "_server", lambda: at(settings, host="127.0.0.9").database_url)
        assert copy_database.drop_left() == 0
    assert runs.scratch_left() == [left]
    for _ in range(runs.KEPT + 1):
        runs.end_with(taken_up(), [])
    assert copy_database.drop_left() == 1
    assert there(postgresql) == set()


@ON_POSTGRESQL
def test_a_name_on_record_that_is_no_drills_is_never_dropped(
    app: Flask, settings: Settings, postgresql: PostgreSQL
) -> None:
    own = str(make_url(settings.database_url).database)
    assert runs.makes_scratch(taken_up(), own)
    nobody_was_heard_of()
    with pytest.raises(ValueError, match="is not the name of a drill's database"):
        copy_database.drop_left()
    assert postgresql.rows("select 1 from pg_database where datname = %s", own)
