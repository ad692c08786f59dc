"""A command line on a shop of its own."""

import os
import sys
from pathlib import Path

import pytest

from smartcart import commands, places
from tests.commands.running import Command, Done
from tests.support.databases import SQLITE
from tests.support.running import SETTINGS


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A shop of its own with the usual settings; whatever else this machine sets is gone."""
    for name in [name for name in os.environ if name.startswith("SMARTCART_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(places, "CHECKOUT", tmp_path)  # no .env of the machine's own
    monkeypatch.setenv("SMARTCART_DATA", str(tmp_path / "instance"))
    monkeypatch.setenv("SMARTCART_SECRET_KEY", str(SETTINGS["SECRET_KEY"]))
    monkeypatch.setenv("SMARTCART_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    monkeypatch.setenv("SMARTCART_SANDBOX_LEDGER", str(tmp_path / "sandbox.sqlite3"))
    return monkeypatch


@pytest.fixture
def run(
    environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command to its end, here: a process of its own for each would cost a second."""

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["smartcart", *words])
        before = os.umask(0o022)  # a command sets its own, in what is the tests' process here
        try:
            with pytest.raises(SystemExit) as ended:
                commands.main()
        finally:
            os.umask(before)
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def migrated(environment: pytest.MonkeyPatch, database: str) -> str:
    """The shop's database, with its tables."""
    environment.setenv("SMARTCART_DATABASE_URL", database)
    if database.startswith(SQLITE):
        Path(database.removeprefix(SQLITE)).chmod(0o600)
    return database
