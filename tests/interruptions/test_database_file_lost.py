"""SQLite's file is deleted, replaced or moved away under a running shop, by a clean-up or a restore that went wrong."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interruptions.faulty import assert_honest, assert_honest_to_programs, assert_log_is_calm, open_shop
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

COMPANIONS = ("", "-wal", "-shm")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with open_shop(RunningShop(tmp_path)) as shop:
        yield shop


def delete(file: Path) -> None:
    for ending in COMPANIONS:
        Path(f"{file}{ending}").unlink()


def replace(file: Path) -> None:
    """As a restore by hand does it."""
    shutil.copy(file, f"{file}.older")
    Path(f"{file}.older").replace(file)


def move_away(file: Path) -> None:
    file.rename(f"{file}.away")


def delete_log(file: Path) -> None:
    """As a clean-up of what looks temporary."""
    Path(f"{file}-wal").unlink()


def charged(shop: RunningShop) -> set[str]:
    return {charge["session"] for charge in shop.charges()}


@pytest.mark.parametrize("lose", [delete, replace, move_away, delete_log])
def test_nothing_is_begun_in_a_file_that_is_gone(shop: RunningShop, lose: Callable[[Path], None]) -> None:
    file = Path(shop.database.removeprefix("sqlite:///"))
    kept = file.with_name("kept")
    visitor = shop.visitor()
    paid, untouched = visitor.order(), visitor.order()
    visitor.pay(paid)
    visitor.wait_until(paid, "completed")
    assert doctor(shop)["database file"]["verdict"] == "ok"
    assert shop.command("backup", str(kept)).returncode == 0

    lose(file)
    assert_honest(visitor.pay(untouched))
    assert_honest_to_programs(visitor.call(f"/session/{untouched}/pay", method="sandbox_approve"))
    assert_honest(visitor.post("/cart/lines", product="teapot", quantity="1"))
    ready = visitor.get("/readyz")
    assert (ready.status, "replaced or deleted" in ready.text) == (503, True)
    assert str(file) not in ready.text
    found = doctor(shop)["database file"]
    assert (found["verdict"], "replaced or deleted" in found["found"]) == ("wrong", True)
    assert file.exists() == (lose not in (delete, move_away))  # it is not made anew
    wait_for(lambda: any("replaced or deleted" in line for line in shop.log_lines()))
    assert_log_is_calm(shop)
    assert charged(shop) == {paid}

    shop.stop()
    for ending in COMPANIONS:
        Path(f"{file}{ending}").unlink(missing_ok=True)
    shutil.copy(kept, file)
    shop.start()
    assert visitor.status(paid).money == "taken"
    assert visitor.pay(untouched).status == 303
    visitor.wait_until(untouched, "completed")


def test_a_file_that_comes_back_is_written_to_again(shop: RunningShop) -> None:
    file = Path(shop.database.removeprefix("sqlite:///"))
    visitor = shop.visitor()
    session = visitor.order()
    move_away(file)
    assert_honest(visitor.pay(session))
    Path(f"{file}.away").rename(file)
    assert visitor.get("/readyz").status == 200
    assert visitor.pay(session).status == 303
    visitor.wait_until(session, "completed")


def doctor(shop: RunningShop) -> dict[str, dict[str, str]]:
    found = json.loads(shop.command("doctor", "--json").stdout)["findings"]
    return {finding["subject"]: finding for finding in found}
