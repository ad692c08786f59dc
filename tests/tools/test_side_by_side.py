"""Tests side by side: whatever the tests of a file share on a database is made once, and long files begin first."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.side_by_side import TESTS, pytest_collection_modifyitems

# As many as would be spread over both, did each go by itself.
FILE = """import os, pathlib, pytest

@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test(database, number):
    with pathlib.Path(__file__).with_suffix(f".{database}").open("a") as ran:
        print(os.environ["PYTEST_XDIST_WORKER"], file=ran)
"""


def test_the_tests_of_a_file_on_one_database_are_run_by_one(tmp_path: Path) -> None:
    for name in ("test_one.py", "test_other.py"):
        (tmp_path / name).write_text(FILE)
    _run(tmp_path, "--numprocesses", "2", *_how_make_test_spreads())
    ran_by = {
        f"{name}.{database}": (tmp_path / f"{name}.{database}").read_text().split()
        for name in ("test_one", "test_other")
        for database in ("sqlite", "postgresql")
    }
    assert {ran: (len(by), len(set(by))) for ran, by in ran_by.items()} == dict.fromkeys(ran_by, (10, 1))
    assert {runner for by in ran_by.values() for runner in by} == {"gw0", "gw1"}


def test_long_files_are_begun_first_and_no_database_is_come_back_to() -> None:
    items: list[Any] = [
        _Item("rules/test_short.py", "[sqlite]"),
        _Item("drill/test_long.py", "[postgresql-1]"),
        _Item("browser/test_long.py", ""),
        _Item("shop/test_short.py", "[postgresql]"),
    ]
    pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == [
        "browser/test_long.py::test",
        "rules/test_short.py::test[sqlite]",
        "drill/test_long.py::test[postgresql-1]",
        "shop/test_short.py::test[postgresql]",
    ]


class _Item:
    def __init__(self, file: str, parameters: str) -> None:
        self.path = TESTS / file
        self.nodeid = f"{file}::test{parameters}"


def _how_make_test_spreads() -> list[str]:
    makefile = (TESTS.parent / "Makefile").read_text()
    line = next(line for line in makefile.splitlines() if line.startswith("SIDE_BY_SIDE"))
    return line[line.index("--dist") :].split()


def _run(folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.support.side_by_side", *options]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(TESTS.parent)}
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    done = subprocess.run(
        [*command, "--config-file", os.devnull, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
