"""The database and the sandbox's books are made, filled, or refused in one line."""

import re
from pathlib import Path

import pytest

from tests.commands.running import Command
from tests.running import look_into


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["demo"], ["audit"], ["api-key", "create", "till"]])
def test_a_database_without_tables_is_one_line_that_says_what_to_do(run: Command, command: list[str]) -> None:
    done = run(*command)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"The database has the tables of version none, not \w+\. Run: smartcart migrate\n", done.err)


def test_migrate_makes_the_tables_and_a_second_time_changes_nothing(run: Command, tmp_path: Path) -> None:
    assert run("migrate").code == 0
    tables = look_into(tmp_path / "shop.sqlite3", "select name, sql from sqlite_master order by name")
    assert run("migrate").code == 0
    assert look_into(tmp_path / "shop.sqlite3", "select name, sql from sqlite_master order by name") == tables
    assert {"payment_session", "product"} <= {name for name, _ in tables}


def test_demo_fills_an_empty_catalogue_and_no_other(run: Command, migrated: Path) -> None:
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
