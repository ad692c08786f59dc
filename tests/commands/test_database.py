"""The database and the sandbox's books are made, filled, or refused in one line."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from smartcart import create_app
from smartcart.database.session import db
from smartcart.server import serve
from tests.commands.running import SERVE, Command
from tests.support.databases import ON_SQLITE, SQLITE, Databases, close_connections, look_into, write_into
from tests.support.running import START_LIMIT, RunningShop

LIVE_KEYS = {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}


@pytest.fixture
def empty_database(environment: pytest.MonkeyPatch, databases: Databases) -> Iterator[str]:
    """The shop's database, without tables."""
    database = databases.create()
    environment.setenv("SMARTCART_DATABASE_URL", database)
    yield database
    close_connections()


@pytest.mark.parametrize("command", [["worker"], ["demo"], ["audit"], ["api-key", "create", "till"]])
def test_a_database_without_tables_is_one_line_that_says_what_to_do(
    run: Command, empty_database: str, command: list[str]
) -> None:
    done = run(*command)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"The database has the tables of version none, not \w+\. Run: smartcart migrate\n", done.err)


@ON_SQLITE
def test_serve_makes_a_new_shop_where_the_local_database_is_empty_or_not_there(
    run: Command, environment: pytest.MonkeyPatch, empty_database: str, tmp_path: Path
) -> None:
    environment.setattr(serve, "serve", lambda *_, **__: None)
    file = Path(empty_database.removeprefix(SQLITE))
    for made in ("not there", "empty"):
        file.unlink(missing_ok=True)
        if made == "empty":
            file.touch()
        assert f"A new shop, with a demo catalogue, is in {file}.\n" in run(*SERVE).out, made
        stock = look_into(empty_database, "select slug, stock from product")
        assert stock
        assert "A new shop" not in run(*SERVE).out
        assert look_into(empty_database, "select slug, stock from product") == stock


@ON_SQLITE
def test_serve_touches_no_database_that_has_tables(run: Command, empty_database: str) -> None:
    write_into(empty_database, "create table of_somebody_else (id integer)")
    assert run(*SERVE).code == 2
    assert look_into(empty_database, "select name from sqlite_master") == [("of_somebody_else",)]


def test_serve_makes_no_shop_where_money_is_real_or_the_database_is_shared(
    run: Command, environment: pytest.MonkeyPatch, empty_database: str
) -> None:
    if empty_database.startswith(SQLITE):
        for name, value in {"GATEWAY": "stripe", **LIVE_KEYS}.items():
            environment.setenv(f"SMARTCART_{name}", value)
    done = run(*SERVE)
    assert (done.code, done.out) == (2, "")
    assert "Run: smartcart migrate" in done.err
    assert tables_by_name() == {}


def test_migrate_makes_the_tables_and_a_second_time_changes_nothing(run: Command, empty_database: str) -> None:
    assert run("migrate").code == 0
    tables = tables_by_name()
    assert run("migrate").code == 0
    assert tables_by_name() == tables
    assert {"payment_session", "product"} <= tables.keys()


def test_two_machines_that_migrate_at_once_both_find_it_done(empty_database: str, tmp_path: Path) -> None:
    shop = RunningShop(tmp_path, empty_database)
    both = [shop.spawn("migrate"), shop.spawn("migrate")]
    assert [process.wait(START_LIMIT) for process in both] == [0, 0], shop.log.read_text()
    assert shop.rows("select count(*) from alembic_version") == [(1,)]


def tables_by_name() -> dict[str, str]:
    """Every table with its columns."""
    with create_app().app_context():
        tables = inspect(db.engine)
        return {name: str(tables.get_columns(name)) for name in tables.get_table_names()}


def test_demo_fills_an_empty_catalogue_and_no_other(run: Command, migrated: str) -> None:
    assert re.fullmatch(r"\d+ demo products added\.\n", run("demo").out)
    before = look_into(migrated, "select slug, stock from product")
    assert "nothing was added" in run("demo").out
    assert look_into(migrated, "select slug, stock from product") == before


def test_a_database_that_is_none_is_one_line(run: Command, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").write_text("this is not a database, whatever its name says")
    done = run("audit")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "The database does not answer as it should" in done.err


def test_books_that_are_none_are_one_line(run: Command, tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite3").write_text("these are not books, whatever their name says")
    done = run("sandbox", "charges")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "SMARTCART_SANDBOX_LEDGER" in done.err
