"""`smartcart backup` while the shop runs: a file of that name is whole, and has one moment of the shop."""

import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from smartcart import backup
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

SHOPPERS = 4


@contextmanager
def load(shop: RunningShop) -> Iterator[list[str]]:
    """Shoppers who order and pay until the end of the block; returns what was paid so far."""
    paid: list[str] = []
    over = Event()

    def pay_again_and_again() -> None:
        visitor = shop.visitor()
        while not over.is_set():
            session = visitor.order()
            visitor.pay(session)
            visitor.wait_until(session, "completed")
            paid.append(session)

    with ThreadPoolExecutor(SHOPPERS) as shoppers:
        paying = [shoppers.submit(pay_again_and_again) for _ in range(SHOPPERS)]
        try:
            yield paid
        finally:
            over.set()
    for one in paying:
        one.result()


def test_a_backup_under_load_holds_nobody_and_has_one_moment_of_the_shop(
    shop: RunningShop, open_shop: Callable[..., RunningShop], file: Path
) -> None:
    shop.start()
    with load(shop) as paid:
        wait_for(lambda: len(paid) > SHOPPERS)
        before = list(paid)
        done = shop.command("backup", str(file))
        during = len(paid)
        wait_for(lambda: len(paid) >= during + SHOPPERS)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"payment sessions are in {file}, checked.\n" in done.stdout

    restored = open_shop()
    told = restored.command("restore", str(file))
    assert told.returncode == 1  # the gateway's books have gone on
    known = dict(restored.rows("select id, state from payment_session"))
    assert {known[session] for session in before} == {"completed"}
    charged = {charge["session"] for charge in restored.charges()}
    assert charged > set(before)

    restored.start()  # what was with the gateway at that moment is settled
    settled = restored.visitor()
    for session in [name for name, state in known.items() if state not in ("created", "completed")]:
        settled.wait_until(session, "completed")
    missing = {session for session in charged if known.get(session, "created") == "created"}
    differences = restored.audit()
    assert {difference["session"] for difference in differences} == missing
    assert {difference["verdict"] for difference in differences} == {"charged_not_paid"}
    assert all(session in told.stdout for session in missing)


def test_a_backup_of_a_shop_at_rest_passes_the_audit_when_it_is_restored(
    shop: RunningShop, open_shop: Callable[..., RunningShop], file: Path
) -> None:
    shop.start()
    with load(shop) as paid:
        wait_for(lambda: len(paid) > SHOPPERS)
    assert shop.command("backup", str(file)).returncode == 0
    shop.stop()

    restored = open_shop()
    told = restored.command("restore", str(file))
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("The books agree.\n")
    assert "kept as" not in told.stdout
    for query in (
        "select id, state, version from payment_session order by 1",
        "select * from payment_event order by 1",
    ):
        assert restored.rows(query) == shop.rows(query)
    restored.start()
    visitor = restored.visitor()
    session = visitor.order()
    visitor.pay(session)
    visitor.wait_until(session, "completed")
    assert restored.audit() == []


def test_only_its_owner_may_read_a_backup(shop: RunningShop, file: Path) -> None:
    assert shop.command("backup", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(
    shop: RunningShop, open_shop: Callable[..., RunningShop], file: Path
) -> None:
    assert shop.command("backup", str(file)).returncode == 0
    before = file.read_bytes()
    failed = open_shop().command("backup", str(file.with_name("another")))  # of a database without tables
    assert failed.returncode == 2
    assert len(failed.stderr.splitlines()) == 1
    assert "no backup of SmartCart" in failed.stderr or "cannot be copied" in failed.stderr
    assert file.read_bytes() == before
    assert [found.name for found in file.parent.iterdir() if found.is_file() and "sandbox" not in found.name] == [
        "backup"
    ]


def test_a_folder_that_is_not_there_is_one_line(shop: RunningShop, tmp_path: Path) -> None:
    failed = shop.command("backup", str(tmp_path / "nowhere" / "backup"))
    assert failed.returncode == 2
    assert failed.stderr.endswith("cannot be written: No such file or directory.\n")


@pytest.mark.parametrize("what", ["a backup of yesterday", ""])
def test_a_file_of_that_name_is_never_written_over(shop: RunningShop, file: Path, what: str) -> None:
    file.write_text(what)
    refused = shop.command("backup", str(file))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"{file} is there already, and nothing is written over it. Name another file, or delete this one.\n"
    )
    assert file.read_text() == what
    assert [each.name for each in file.parent.glob(".*")] == []


def test_nor_one_that_came_while_the_backup_was_made(tmp_path: Path) -> None:
    draft, file = tmp_path / "draft", tmp_path / "backup"
    draft.write_text("ours")
    file.write_text("somebody else's")
    with pytest.raises(backup.Failed, match="is there already"):
        backup._name(draft, file)
    assert file.read_text() == "somebody else's"
