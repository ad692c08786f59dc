"""Somebody reads from SQLite and never ends, so that its write-ahead log cannot be taken up into the file."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from smartcart.database import sqlite_file as database_file
from smartcart.database.session import db, writing
from smartcart.database.sqlite_file import CannotWrite, log_size
from smartcart.doctor import Verdict, sqlite_file
from tests.support.databases import ON_SQLITE, SQLITE
from tests.support.shopper import Shopper, product

pytestmark = ON_SQLITE

LONG_LOG, LONGEST_LOG = 2**20, 2 * 2**20


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (database_file, sqlite_file):
        monkeypatch.setattr(place, "LONG_LOG", LONG_LOG)
        monkeypatch.setattr(place, "LONGEST_LOG", LONGEST_LOG)


@pytest.fixture
def file(database: str) -> Path:
    return Path(database.removeprefix(SQLITE))


@pytest.fixture
def reader(app: Flask, file: Path) -> Iterator[sqlite3.Connection]:
    """Another program, with a transaction in which it has read."""
    product("teapot")
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("begin")
        reader.execute("select * from product").fetchall()
        yield reader


def write(megabytes: float) -> None:
    """So much into the log, in small transactions."""
    for _ in range(round(megabytes * 20)):
        with writing():
            db.session.execute(text("update product set description = hex(randomblob(25000))"))


def test_it_is_said_once_and_nothing_more_is_written_past_the_limit(
    reader: sqlite3.Connection, shopper: Shopper, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CannotWrite, match="has grown past its limit"):
        write(2 * LONGEST_LOG / 2**20)
    assert LONGEST_LOG <= log_size(file) < 1.5 * LONGEST_LOG
    told = [record for record in caplog.records if record.name == database_file.__name__]
    assert [record.levelno for record in told] == [logging.WARNING]
    assert "somebody reads from" in told[0].getMessage()
    assert shopper.post("/cart/lines", {"product": "teapot", "quantity": 1}).status_code == 503
    assert shopper.get("/").status_code == 200  # what is on record can still be read


def test_when_the_reader_has_ended_the_log_is_taken_up_and_all_goes_on(
    reader: sqlite3.Connection, shopper: Shopper, file: Path
) -> None:
    with pytest.raises(CannotWrite):
        write(2 * LONGEST_LOG / 2**20)
    reader.rollback()
    assert shopper.put_into_cart().status_code == 303
    assert log_size(file) < LONG_LOG


def test_without_such_a_reader_the_log_stays_short_and_nothing_is_said(
    app: Flask, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    product("teapot")
    write(2 * LONGEST_LOG / 2**20)
    assert not caplog.records


def test_the_doctor_tells_it_too(reader: sqlite3.Connection, file: Path) -> None:
    assert sqlite_file.check(file).verdict is Verdict.OK
    write(1.5 * LONG_LOG / 2**20)
    found = sqlite_file.check(file)
    assert (found.verdict, "does not end" in found.found, "fuser" in found.to_do) == (Verdict.WARNING, True, True)
