"""kill -9 of the shop while the owner's drill runs: the drill ends with it, and is shown as broken off afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcart.drill.browser import Browser
from tests.drill.starting import databases_of_drills
from tests.support.databases import ON_POSTGRESQL, ON_SQLITE, Databases
from tests.support.postgresql import PostgreSQL
from tests.support.running import SETTINGS, RunningShop
from tests.support.waiting import wait_for

# Two cores may be busy with other tests; on idle ones a copy begins after 3 s, and is gone after one.
LIMIT = 60.0


@pytest.fixture
def shop(prepared_database: str, databases: Databases, tmp_path: Path) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path, databases.create(prepared_database))
    shop.environment["TMPDIR"] = str(tmp_path)
    shop.start()
    yield shop
    shop.stop()


@ON_SQLITE
def test_the_drill_ends_with_the_shop_and_is_shown_as_broken_off(shop: RunningShop, tmp_path: Path) -> None:
    owner = the_owner(shop)
    page = owner.post("/admin/drill", scenario="double_press").location
    wait_for(lambda: list(tmp_path.glob("smartcart-drill-*/*")), LIMIT)
    shop.kill()
    wait_for(lambda: not list(tmp_path.glob("smartcart-drill-*")), LIMIT)
    begin_later(shop)
    assert 'data-state="broken_off"' in owner.get(page).text


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """The shop's, on which no database of a drill is left."""
    yield postgresql
    for name in databases_of_drills(postgresql):
        postgresql.drop(name)


@ON_POSTGRESQL
def test_the_database_of_its_copy_is_dropped_by_the_next_drill(server: PostgreSQL, shop: RunningShop) -> None:
    owner = the_owner(shop)
    owner.post("/admin/drill", scenario="double_press")
    left = wait_for(lambda: databases_of_drills(server), LIMIT)
    shop.kill()
    begin_later(shop)
    assert databases_of_drills(server) == left
    owner.post("/admin/drill", scenario="double_press")
    wait_for(lambda: not left & databases_of_drills(server), LIMIT)


def the_owner(shop: RunningShop) -> Browser:
    owner = Browser(shop.url)
    owner.sign_in(str(SETTINGS["ADMIN_PASSWORD"]))
    return owner


def begin_later(shop: RunningShop) -> None:
    """The shop that was killed starts, as if some time had passed, and knows that the drill is over."""
    shop.write("update drill_run set heard_at = '2026-01-01 00:00:00.000000'")
    shop.start()
    wait_for(lambda: shop.rows("select state from drill_run") == [("broken_off",)], LIMIT)
