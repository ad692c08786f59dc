"""`smartcart` explains itself."""

import re
from pathlib import Path

import pytest

from smartcart import __version__
from tests.commands.running import Command
from tests.support.running import SMARTCART, RunningShop

COMMANDS = [
    *["serve", "worker", "migrate", "demo", "api-key", "audit", "sandbox", "draw-states", "config", "version"],
    *["doctor", "drill", "backup", "restore"],
    "api-key create",
    "sandbox charges",
]


def test_the_installed_command_tells_its_version(tmp_path: Path) -> None:
    done = RunningShop(tmp_path).command("version")
    assert (done.returncode, done.stdout) == (0, f"smartcart {__version__}\n")
    assert SMARTCART.exists()


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(run: Command, command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: smartcart {command}".rstrip())
    assert len(done.out.splitlines()) > 4


def test_the_help_names_every_command(run: Command) -> None:
    listed = run("--help").out.partition("Commands:")[2]
    assert {line.split()[0] for line in listed.splitlines() if re.match(r"  [a-z]", line)} == {
        command for command in COMMANDS if " " not in command
    }


def test_an_unknown_command_is_refused(run: Command) -> None:
    done = run("pay")
    assert done.code == 2
    assert "No such command 'pay'" in done.err
