"""Shops in processes of their own, one gateway for all of them, and PostgreSQL's tools where their commands look."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases, PostgreSQLDatabases
from tests.support.running import RunningShop


@pytest.fixture(scope="module")
def path(databases: Databases, request: pytest.FixtureRequest) -> str:
    """The PATH on which the database's tools are found."""
    if isinstance(databases, PostgreSQLDatabases):
        return f"{request.getfixturevalue('postgresql').tools}{os.pathsep}{os.environ['PATH']}"
    return os.environ["PATH"]


@pytest.fixture
def open_shop(databases: Databases, path: str, tmp_path: Path) -> Iterator[Callable[..., RunningShop]]:
    """Makes shops that share the sandbox's books, as a restored shop shares its gateway's with the one that was lost.

    `template` is what the shop's database is a copy of; without one it has no tables.
    """
    shops: list[RunningShop] = []

    def open_shop(template: str = "") -> RunningShop:
        ledger = tmp_path / "sandbox.sqlite3"
        folder = tmp_path / f"shop-{len(shops)}"
        folder.mkdir()
        shops.append(RunningShop(folder, databases.create(template), sandbox_ledger=ledger))
        shops[-1].ledger = ledger
        shops[-1].environment["PATH"] = path
        return shops[-1]

    yield open_shop
    for shop in shops:
        shop.abandon()


@pytest.fixture
def shop(open_shop: Callable[..., RunningShop], prepared_database: str) -> RunningShop:
    """A shop with teapots on sale, not started."""
    return open_shop(prepared_database)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "backup"
