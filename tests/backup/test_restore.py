"""`smartcart restore` loses nothing that nobody gave up, and asks the gateway for what the backup does not know."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from smartcart import backup
from smartcart.backup import kinds
from smartcart.rules.numbering import SMALLEST_GAP
from tests.interruptions.truth import charged
from tests.support.databases import ON_POSTGRESQL, ON_SQLITE, SQLITE, Databases, SQLiteFiles, write_into
from tests.support.running import RunningShop


@pytest.fixture(scope="module")
def original(
    databases: Databases, prepared_database: str, path: str, tmp_path_factory: pytest.TempPathFactory
) -> RunningShop:
    """A shop with a shopper whose card was declined, stopped; a backup of it is in its folder. Not to be changed."""
    shop = RunningShop(tmp_path_factory.mktemp("original"), databases.create(prepared_database))
    shop.environment["PATH"] = path
    shop.start()
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session, "sandbox_decline")
    visitor.wait_until(session, "interrupted")
    assert shop.command("backup", str(shop.folder / "backup")).returncode == 0
    shop.stop()
    return shop


@pytest.fixture
def shop(open_shop: Callable[..., RunningShop], original: RunningShop) -> RunningShop:
    """The shop as it was when its backup was made, with its gateway's books; not started."""
    shop = open_shop(original.database)
    shutil.copy(original.ledger, shop.ledger)
    return shop


@pytest.fixture
def file(file: Path, original: RunningShop) -> Path:
    """The backup."""
    shutil.copy(original.folder / "backup", file)
    return file


def sessions(shop: RunningShop) -> list[str]:
    return [session for (session,) in shop.rows("select id from payment_session order by created_at")]


def contents(shop: RunningShop) -> list[object]:
    queries = ("select * from payment_event", "select * from shop_order", "select id, stock from product")
    return [shop.rows(f"{query} order by id") for query in queries]


def test_what_was_paid_after_the_backup_is_asked_of_the_gateway_and_is_paid(shop: RunningShop, file: Path) -> None:
    [session] = sessions(shop)
    shop.start()
    visitor = shop.visitor()
    visitor.pay(session)
    visitor.wait_until(session, "completed")
    shop.stop()

    told = shop.command("restore", str(file), "--force")
    assert (told.returncode, told.stderr) == (0, "")
    assert "The gateway was asked about 1 payments" in told.stdout
    assert told.stdout.endswith("The books agree.\n")
    assert shop.rows("select state from payment_session") == [("completed",)]
    assert charged(shop, session) == 1


def test_what_was_ordered_after_the_backup_is_named(shop: RunningShop, file: Path) -> None:
    shop.start()
    visitor = shop.visitor()
    later = visitor.order()
    visitor.pay(later)
    visitor.wait_until(later, "completed")
    shop.stop()

    told = shop.command("restore", str(file), "--force")
    assert told.returncode == 1
    [order] = [charge["order"] for charge in shop.charges(later)]
    assert re.fullmatch(r"SC-\d+", order)
    found = f"charged_not_paid: session {later}: 4200 EUR charged for {order}, of a session the shop does not have\n"
    assert found in told.stdout
    assert told.stdout.endswith("1 differences.\n")


def test_the_number_of_an_order_that_the_backup_does_not_know_is_not_given_again(shop: RunningShop, file: Path) -> None:
    given = numbers(shop)
    shop.start()
    for _ in range(2):
        shop.visitor().order()
    given |= numbers(shop)
    shop.stop()
    for _ in range(2):  # the second sets aside a database that knows of none of them, and finds the first
        shop.command("restore", str(file), "--force")
        shop.write("update payment_session set description = 'restored'")
    before = numbers(shop)

    shop.start()
    shop.visitor().order()
    [new] = numbers(shop) - before
    assert len(given) == 3
    assert int(new[3:]) == max(int(number[3:]) for number in given) + 1


def test_where_nobody_knows_which_numbers_were_given_a_gap_is_left(
    open_shop: Callable[..., RunningShop], original: RunningShop, file: Path
) -> None:
    lost = open_shop()
    shutil.copy(original.ledger, lost.ledger)
    assert lost.command("restore", str(file)).returncode == 0
    lost.start()
    lost.visitor().order()
    [last] = numbers(original)
    assert numbers(lost) == {last, f"SC-{int(last[3:]) + SMALLEST_GAP + 1}"}


def test_numbers_of_merchants_events_begin_anew_and_whoever_reads_them_is_told(shop: RunningShop, file: Path) -> None:
    epochs = []
    for _ in range(2):
        assert shop.command("restore", str(file), "--force").returncode == 0
        epochs += [epoch for (epoch,) in shop.rows("select epoch from feed_epoch")]
    assert len(set(epochs)) == 2


def numbers(shop: RunningShop) -> set[str]:
    return {number for (number,) in shop.rows("select number from shop_order")}


def test_payment_sessions_are_not_replaced_unless_forced(shop: RunningShop, file: Path) -> None:
    shop.write("update payment_session set description = 'as it is now'")
    refused = shop.command("restore", str(file))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "The database has 1 payment sessions. With --force it is set aside, and the backup takes its place.\n"
    )
    assert shop.rows("select description from payment_session") == [("as it is now",)]


def test_what_was_replaced_is_kept(shop: RunningShop, file: Path) -> None:
    shop.write("update payment_session set description = 'as it was'")
    told = shop.command("restore", str(file), "--force")
    assert told.returncode == 0
    assert shop.rows("select description from payment_session") != [("as it was",)]
    kept = told.stdout.partition("is kept as ")[2].partition(". Delete it")[0]
    assert descriptions_kept(shop, kept) == [("as it was",)]


def descriptions_kept(shop: RunningShop, kept: str) -> list[tuple[str]]:
    if kept.startswith("its schema "):
        return shop.rows(f"select description from {kept.removeprefix('its schema ')}.payment_session")  # noqa: S608
    with closing(sqlite3.connect(kept)) as connection:
        return connection.execute("select description from payment_session").fetchall()


def test_a_running_shop_is_not_pulled_from_under_its_shoppers(shop: RunningShop, file: Path) -> None:
    [session] = sessions(shop)
    shop.start()
    refused = shop.command("restore", str(file), "--force")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "in use" in refused.stderr
    assert "stop the shop" in refused.stderr
    visitor = shop.visitor()
    visitor.pay(session)
    assert visitor.wait_until(session, "completed").money == "taken"


def test_a_damaged_backup_leaves_everything_as_it_was(shop: RunningShop, file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4])
    before = contents(shop)
    refused = shop.command("restore", str(file), "--force")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert contents(shop) == before


@ON_SQLITE
def test_a_backup_with_rows_that_belong_to_nothing_is_refused(shop: RunningShop, file: Path) -> None:
    write_into(file, "delete from payment_session")
    refused = shop.command("restore", str(file), "--force")
    assert (refused.returncode, "is damaged" in refused.stderr) == (2, True)
    assert len(sessions(shop)) == 1


@ON_POSTGRESQL
def test_what_has_made_room_for_a_backup_that_then_proves_damaged_is_put_back(shop: RunningShop, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40] + b"!" * 40)  # the end of the last table's rows
    before = contents(shop)
    refused = shop.command("restore", str(file), "--force")
    assert (refused.returncode, "pg_restore could not do its work" in refused.stderr) == (2, True)
    assert contents(shop) == before


def test_a_backup_of_a_newer_version_is_refused(
    shop: RunningShop, file: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(kinds, "known_versions", lambda: {"0000"})
    with pytest.raises(backup.Failed, match="was made by a newer SmartCart"):
        backup.restore(shop.database, file, force=True)
    assert len(sessions(shop)) == 1


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"Dear diary", "is no backup of SmartCart"),
        (b"", "is no backup of SmartCart"),
        (b"the other kind", "and SMARTCART_DATABASE_URL names another kind"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    shop: RunningShop, file: Path, databases: Databases, content: bytes, refusal: str
) -> None:
    other = kinds.POSTGRESQL_BEGINS if isinstance(databases, SQLiteFiles) else kinds.SQLITE_BEGINS
    file.write_bytes(other + b"and more" if content == b"the other kind" else content)
    refused = shop.command("restore", str(file), "--force")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refusal in refused.stderr
    assert len(sessions(shop)) == 1


def test_what_is_lost_comes_back(open_shop: Callable[..., RunningShop], original: RunningShop, file: Path) -> None:
    """What backups are for: on SQLite the file is broken, on PostgreSQL the database is a new one on a new server."""
    lost = open_shop()
    shutil.copy(original.ledger, lost.ledger)
    if lost.database.startswith(SQLITE):
        Path(lost.database.removeprefix(SQLITE)).write_bytes(b"this was a database once")
        assert "has contents that cannot be read" in lost.command("restore", str(file)).stderr
    told = lost.command("restore", str(file), "--force")
    assert told.returncode == 0
    assert sessions(lost) == sessions(original)
