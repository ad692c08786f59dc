"""What `smartcart drill` prints, and what it ends with."""

import json
import signal

import pytest

from smartcart.drill import command
from smartcart.drill.processes import ShopEnded
from smartcart.drill.report import Report
from tests.commands.running import Command

BROKEN = {"charged twice": [], "lost": ["session one: charged, and unknown to the shop"], "stuck": []}


@pytest.fixture(autouse=True)
def signals_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the command's own process's to set, not the test's."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)


def the_drill_finds(monkeypatch: pytest.MonkeyPatch, broken: dict[str, list[str]]) -> None:
    report = Report(
        7, 40, 61, 4, 12.0, 3.25, 700, {"receipt": 30}, {"wrong clock": 1}, {"crash": 3}, {"completed": 40}, broken
    )
    monkeypatch.setattr(command, "run", lambda *_: report)


def test_a_drill_in_which_all_was_kept_ends_with_0(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    the_drill_finds(monkeypatch, {"charged twice": [], "lost": []})
    done = run("drill")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Seed 7: 40 payments, 4 kills, 12 s.\n")
    assert done.out.endswith("Every promise was kept.\n")


def test_a_broken_promise_is_named_and_ends_with_1(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    the_drill_finds(monkeypatch, BROKEN)
    done = run("drill")
    assert done.code == 1
    assert "lost                       1\n    session one: charged, and unknown to the shop\n" in done.out
    assert done.out.endswith("A promise was broken.\n")


def test_the_report_as_json_has_every_case(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    the_drill_finds(monkeypatch, BROKEN)
    done = run("drill", "--json")
    assert done.code == 1
    told = json.loads(done.out)
    assert (told["passed"], told["broken"], told["seed"]) == (False, BROKEN, 7)


def test_a_drill_that_cannot_be_carried_out_ends_with_2_and_tells_its_seed(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Report:
        raise ShopEnded("The shop was not ready after 60 s.")

    monkeypatch.setattr(command, "run", fails)
    done = run("drill", "--seed", "9")
    assert (done.code, done.out) == (2, "")
    assert done.err == "The drill with seed 9 could not be carried out. The shop was not ready after 60 s.\n"


def test_a_server_that_does_not_answer_is_told_of(run: Command) -> None:
    done = run("drill", "--database-url", "postgresql://shop:hunter2@127.0.0.1:1/shop")
    assert (done.code, done.out) == (2, "")
    assert "could not be carried out. create database smartcart_drill_" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--payments", "0"), ("--kills", "-1"), ("--web", "0"), ("--database-url", "mysql://here/shop")],
)
def test_a_wrong_option_is_refused(run: Command, option: str, value: str) -> None:
    done = run("drill", option, value)
    assert done.code == 2
    assert option in done.err
