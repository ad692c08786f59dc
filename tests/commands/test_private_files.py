"""What holds names, addresses and secrets is for the user who runs the shop alone, whatever the machine is used to."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running import RunningShop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    """On a machine where everybody may read what is made, unless said otherwise."""
    (tmp_path / "data").mkdir()
    before = os.umask(0o022)
    shop = RunningShop(tmp_path / "data")
    shop.log = tmp_path / "shop.log"
    yield shop
    shop.stop()
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.rglob("*") if stat.S_IMODE(each.stat().st_mode) & 0o077)


def test_database_log_books_backups_and_what_is_set_aside_are_for_its_user_alone(shop: RunningShop) -> None:
    shop.database = f"sqlite:///{shop.folder / 'made' / 'shop.sqlite3'}"
    shop.environment["SMARTCART_DATABASE_URL"] = shop.database
    shop.prepare()
    shop.put_on_sale("teapot")
    shop.start()
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session)
    visitor.wait_until(session, "completed")
    backup = shop.folder / "backup"
    assert shop.command("backup", str(backup)).returncode == 0
    names = {each.name for each in shop.folder.rglob("*")}
    assert names >= {"made", "shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm", "sandbox.sqlite3", "backup"}
    assert open_to_others(shop.folder) == []

    shop.stop()
    (shop.folder / "made" / "shop.sqlite3").chmod(0o644)  # of a version that left it so
    assert shop.command("restore", str(backup), "--force").returncode == 0
    assert len(list((shop.folder / "made").glob("shop.before_restore_*"))) == 1
    assert open_to_others(shop.folder) == []
