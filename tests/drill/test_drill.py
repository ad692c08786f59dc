"""`smartcart drill` on a shop of its own: it passes, it can fail, and it leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smartcart.drill import processes
from smartcart.drill.course import Size, run
from smartcart.drill.processes import Shop
from tests.drill import lying_shop
from tests.drill.starting import databases_of_drills
from tests.support.databases import Databases, PostgreSQLDatabases
from tests.support.postgresql import PostgreSQL
from tests.support.running import SMARTCART
from tests.support.waiting import wait_for

# Two cores may be busy with other tests; on idle ones it takes half a minute.
DRILL_LIMIT = 300.0
# As few as play all there is, with this seed; for a long drill there is `smartcart drill` itself.
PAYMENTS = 16
END_LIMIT = 60.0
PLAYED = ("wrong clocks", "switches", "stalls", "cut posts", "refunds", "refunds that failed")


@pytest.fixture
def server(databases: Databases, request: pytest.FixtureRequest) -> PostgreSQL | None:
    """The server on which the drill makes its database; None for SQLite."""
    found: PostgreSQL = request.getfixturevalue("postgresql") if isinstance(databases, PostgreSQLDatabases) else None
    return found


@pytest.fixture
def start(server: PostgreSQL | None, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a drill whose scratch folder is in the test's own."""
    on_postgresql = ["--database-url", server.url("postgres"), "--web", "2", "--workers", "1"] if server else []

    def start(*options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SMARTCART, "drill", *on_postgresql, *options],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    # Tests that a shell runs in the background ignore Ctrl-C, and so would the drills that they start.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield start
    signal.signal(signal.SIGINT, heard)


def scratch_databases(server: PostgreSQL | None) -> set[str]:
    return databases_of_drills(server) if server else set()


def test_a_short_drill_keeps_every_promise(
    start: Callable[..., subprocess.Popen[str]], server: PostgreSQL | None, tmp_path: Path
) -> None:
    drill = start("--payments", str(PAYMENTS), "--kills", "3", "--seed", "7", "--json")
    out, err = drill.communicate(timeout=DRILL_LIMIT)
    assert err == ""
    report = json.loads(out)
    assert (drill.returncode, report["passed"]) == (0, True), report
    assert not any(report["broken"].values())
    assert (report["seed"], report["payments"], report["kills"]) == (7, PAYMENTS, 3)
    assert sum(report["sessions"].values()) >= PAYMENTS
    assert report["attempts"] >= PAYMENTS // 2  # who is killed or cancels before the first press makes none
    assert report["sessions"]["completed"] > 0
    assert {"timeout", "network_error"} <= set(report["interruptions"])
    assert report["answers_judged"] >= PAYMENTS  # each looked at once at least; how often depends on the machine
    assert report["letters_judged"]["receipt"] > 0
    assert all(report["played"][name] > 0 for name in PLAYED)
    assert report["longest_time_to_the_truth"] > 0
    assert list(tmp_path.iterdir()) == []
    assert scratch_databases(server) == set()


@pytest.mark.parametrize(
    ("databases", "ending"),
    [("sqlite", signal.SIGINT), ("sqlite", signal.SIGTERM), ("postgresql", signal.SIGTERM)],
    indirect=["databases"],
    scope="session",
)
def test_a_drill_that_is_cut_off_leaves_nothing_behind(
    start: Callable[..., subprocess.Popen[str]], server: PostgreSQL | None, tmp_path: Path, ending: signal.Signals
) -> None:
    drill = start("--payments", "200", "--kills", "0")
    served = wait_for(lambda: re.findall(r"The shop is at http://127.0.0.1:(\d+)", logged(tmp_path)), END_LIMIT)
    drill.send_signal(ending)
    out, _ = drill.communicate(timeout=END_LIMIT)
    assert drill.returncode in (1, 2)
    assert "Every promise was kept" not in out
    assert list(tmp_path.iterdir()) == []
    assert scratch_databases(server) == set()
    wait_for(lambda: not any(answers(int(port)) for port in served))


def logged(folder: Path) -> str:
    return "".join(log.read_text() for log in folder.glob("smartcart-drill-*/web-*.log"))


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_a_shop_that_lies_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SMARTCART", [sys.executable, "-m", lying_shop.__name__])
    shop = Shop(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", web=1, workers=0)
    report = run(shop, Size(seed=7, payments=4, kills=0), progress=lambda _: None)
    assert not report.passed
    for lie in ("wrong on the page", "wrong in a letter"):
        assert any("said not_taken" in case for case in report.broken[lie])
