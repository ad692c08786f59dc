"""`tools/find-chromium` on a bare machine: what is missing is installed, or named in one line with the command."""

import shutil
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "find-chromium"
# As the loader says it on a Debian that has nothing but what Python needs.
NO_LIBRARY = "/srv/shop/.venv/driver/node: error while loading shared libraries: libatomic.so.1: cannot open it"
# What stands for the machine's own programs: each marks what it has installed, and works once that is there.
PROGRAMS = {
    ".venv/bin/playwright": f'test -e libatomic1 || {{ echo "{NO_LIBRARY}" >&2; exit 127; }}; test "$1" = --version',
    ".venv/bin/python": "echo Traceback >&2; exit 1",
    "bin/chromium": "test -e chromium",
    "bin/chromium-headless-shell": "test -e chromium-headless-shell",
    "bin/apt-get": 'for wanted; do :; done; test "$1" = update || touch "$wanted"',
}


class Machine:
    """A folder with programs of its own, on which the tool is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for needed in ("sh", "touch", "head"):
            (folder / "bin" / needed).symlink_to(str(shutil.which(needed)))
        for name, script in PROGRAMS.items():
            self.put(name, script)

    def put(self, name: str, script: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def find(self, user: int) -> subprocess.CompletedProcess[str]:
        self.put("bin/id", f"echo {user}")
        environment = {"PATH": str(self.folder / "bin")}
        return subprocess.run(
            [TOOL], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_root_gets_what_the_driver_and_the_pages_need(machine: Machine) -> None:
    found = machine.find(user=0)
    assert (found.returncode, found.stdout) == (0, f"{machine.folder / 'bin' / 'chromium-headless-shell'}\n")
    assert (machine.folder / "libatomic1").exists()
    assert not (machine.folder / "chromium").exists()


def test_where_there_is_none_without_windows_a_whole_chromium_does(machine: Machine) -> None:
    machine.put("bin/apt-get", f'case "$*" in *chromium-headless-shell) exit 100;; esac; {PROGRAMS["bin/apt-get"]}')
    found = machine.find(user=0)
    assert (found.returncode, found.stdout) == (0, f"{machine.folder / 'bin' / 'chromium'}\n")


def test_who_may_install_nothing_uses_what_is_there(machine: Machine) -> None:
    for installed in ("libatomic1", "chromium"):
        (machine.folder / installed).touch()
    found = machine.find(user=1000)
    assert (found.returncode, found.stdout) == (0, f"{machine.folder / 'bin' / 'chromium'}\n")


def test_anybody_else_reads_in_one_line_what_is_missing_and_how_to_install_it(machine: Machine) -> None:
    found = machine.find(user=1000)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == (
        f"The tests need Playwright, and it does not start ({NO_LIBRARY.rpartition('/')[2]})."
        " On Debian or Ubuntu, as root: apt-get install libatomic1\n"
    )


def test_a_chromium_that_cannot_be_installed_is_named_without_a_trace(machine: Machine) -> None:
    (machine.folder / "libatomic1").touch()
    found = machine.find(user=1000)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1] == (
        "The tests need Chromium, and it could not be installed. As root: apt-get install chromium."
        " Or name one: make test CHROMIUM=/path/to/it"
    )
    assert "Traceback" not in found.stderr


def test_a_machine_that_has_all_installs_nothing(machine: Machine) -> None:
    for installed in ("libatomic1", "chromium-headless-shell"):
        (machine.folder / installed).touch()
    machine.put("bin/apt-get", "echo it must not be called >&2; exit 1")
    found = machine.find(user=0)
    assert (found.returncode, found.stderr) == (0, "")
