"""Whoever installs the wheel, in an environment that has nothing else, has the whole shop."""

import re
from pathlib import Path
from zipfile import ZipFile

import smartcart
from tests.packaging.conftest import ROOT, Distributions
from tests.packaging.installed import Installed
from tests.support.visitor import Visitor

KEPT = {"shop.sqlite3", "sandbox.sqlite3", "secret_key"}


def buy_a_mug(visitor: Visitor) -> None:
    """Through a page that has its browser library."""
    session = visitor.order("stoneware-mug")
    library = re.search(r'src="(/static/vendor/htmx[^"]+)"', visitor.get(f"/pay/{session}").text)
    assert library
    assert visitor.get(library[1]).status == 200
    visitor.pay(session)
    assert visitor.wait_until(session, "completed").money == "taken"


def files_under(folder: Path) -> set[str]:
    """Without those that SQLite has beside a database while it is open, and letters, which are kept in their turn."""
    found = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    return {name for name in found if not name.endswith(("-wal", "-shm")) and "mail/" not in name}


def test_the_wheel_holds_the_package_with_templates_and_static_files_and_no_more(distributions: Distributions) -> None:
    folders = {"smartcart": "smartcart", "templates": "smartcart/templates", "static/built": "smartcart/static"}
    expected = {
        f"{within}/{each.relative_to(ROOT / folder)}"
        for folder, within in folders.items()
        for each in (ROOT / folder).rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }
    with ZipFile(distributions.wheel) as wheel:
        found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert found == expected
    for form in ("", ".br", ".gz"):
        assert any(re.fullmatch(rf"smartcart/static/vendor/htmx\.min\.\w+\.js{form}", name) for name in found)


def test_the_version_comes_from_one_place(distributions: Distributions, installed: Installed) -> None:
    assert distributions.wheel.name == f"smartcart-{smartcart.__version__}-py3-none-any.whl"
    assert distributions.sdist.name == f"smartcart-{smartcart.__version__}.tar.gz"
    assert installed.command("version") == f"smartcart {smartcart.__version__}\n"


def test_serve_alone_makes_a_shop_in_the_users_data_folder_that_sells(installed: Installed) -> None:
    buy_a_mug(installed.serve())
    assert installed.command("audit").endswith("The books agree.\n")
    installed.stop()
    assert files_under(installed.home) == {f".local/share/smartcart/{name}" for name in KEPT}
    assert files_under(installed.folder) == set()


def test_a_shop_made_by_hand_where_smartcart_data_says_sells_and_is_backed_up(
    installed: Installed, tmp_path: Path
) -> None:
    data, backup = tmp_path / "data", tmp_path / "shop.backup"
    installed.environment["SMARTCART_DATA"] = str(data)
    installed.command("migrate")
    assert "demo products added" in installed.command("demo")
    buy_a_mug(installed.serve())
    assert installed.command("backup", str(backup)).startswith("1 orders and 1 payment sessions are in")
    installed.stop()
    assert files_under(data) == KEPT
    assert files_under(installed.home) | files_under(installed.folder) == set()
