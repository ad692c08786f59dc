"""`smartcart` explains itself."""

import re
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

from smartcart import __version__, commands
from tests.commands.running import Command
from tests.support.running import SMARTCART, RunningShop

COMMANDS = [
    *[
        "serve",
        "worker",
        "migrate",
        "demo",
        "api-key",
        "webhook",
        "audit",
        "analytics",
        "sandbox",
        "draw-states",
        "config",
        "version",
    ],
    *["doctor", "drill", "backup", "restore"],
    "api-key create",
    "webhook create",
    "sandbox charges",
]

# In a process of its own, that has loaded nothing yet: prints what was loaded that is not Python's own.
LOADED = """
import sys
from smartcart.commands import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)), file=sys.stderr)
"""
# What is in a process that is to print a line, beside the shop's own few modules: the second is of how Python starts.
NEEDED = {"click", "_distutils_hack", "__main__", "smartcart"}


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


@pytest.mark.parametrize("words", [["version"], ["--help"]])
def test_what_prints_a_few_lines_loads_neither_the_shop_nor_a_database(words: list[str]) -> None:
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "smartcart" in done.stdout
    assert set(done.stderr.splitlines()[-1].split()) - NEEDED == set()


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_a_command_is_listed_as_it_begins_to_explain_itself(name: str) -> None:
    where, listed = commands.COMMANDS[name]
    command = resolve_name(f"smartcart.{where}")
    explained, _, _ = (command.help or "").partition("\n\n")
    assert (command.name, " ".join(explained.split())) == (name, listed)
