"""docs/pay-by-api.md: whoever types what stands there sees what stands there."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.reading import ROOT, text_of
from tests.support.databases import ON_SQLITE, Databases
from tests.support.ports import free_port
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

TUTORIAL = "docs/pay-by-api.md"
# What has to run in a terminal of its own: the fixture does that.
START = "SMARTCART_WEBHOOK_NETWORKS=127.0.0.0/8 make run\n"
# Two cores may be busy with other tests; on idle ones no step takes more than 6 s.
LIMIT = 60.0
# The answer to a reader who is slower than the sandbox, or whose machine is.
ALSO = {
    "processing checking": "completed taken",
    "processing": "completed",
    "checking": "taken",
    "409 in_progress checking": "409 (outcome_unknown checking|closed taken)",
}


def blocks() -> list[tuple[str, str]]:
    """What is set as code: its language and its lines, in their order."""
    return re.findall(r"^```(\w+)\n(.*?)^```", text_of(TUTORIAL), re.DOTALL | re.MULTILINE)


class Terminal:
    """A shell in which one block is typed after the other."""

    def __init__(self, folder: Path, environment: dict[str, str], ports: dict[str, str]) -> None:
        self.folder = folder
        self.ports = ports
        self.written = folder / "terminal.txt"
        with self.written.open("wb") as out:
            self._shell = subprocess.Popen(
                ["bash"], stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, cwd=folder, env=environment
            )
        self._typed = 0
        self._read = 0

    def type(self, block: str) -> None:
        """Type it, and wait until it is done."""
        self._typed += 1
        self._send(f"{self.here(block)}echo done {self._typed}\n")
        wait_for(lambda: f"done {self._typed}\n" in self.written.read_text() or self._shell.poll() is not None, LIMIT)
        assert self._shell.poll() is None, self.written.read_text()

    def shows(self, text: str) -> None:
        """Wait until each line has come since the last of these."""
        for line in self.here(text).splitlines():
            wait_for(lambda line=line: re.search(self._pattern(line), self._unread(), re.MULTILINE), LIMIT)
        self._read = len(self.written.read_text())

    def here(self, text: str) -> str:
        """At the ports of this test."""
        for told, port in self.ports.items():
            text = text.replace(f"127.0.0.1:{told}", f"127.0.0.1:{port}").replace(
                f'"127.0.0.1", {told}', f'"127.0.0.1", {port}'
            )
        return text

    def close(self) -> None:
        """End it, and what it runs in the background."""
        self._shell.communicate("kill $(jobs -p) 2>/dev/null; exit\n", LIMIT)

    def _send(self, text: str) -> None:
        assert self._shell.stdin
        self._shell.stdin.write(text)
        self._shell.stdin.flush()

    def _unread(self) -> str:
        return self.written.read_text()[self._read :]

    def _pattern(self, line: str) -> str:
        told = "|".join(filter(None, [re.escape(line).replace("…", ".+"), ALSO.get(line)]))
        return f"^({told})$"


@pytest.fixture
def terminal(databases: Databases, prepared_database: str, tmp_path: Path) -> Iterator[Terminal]:
    """In a folder like a clone, beside a shop that runs as the tutorial starts it."""
    networks = {"webhook_networks": START.partition(" ")[0].partition("=")[2]}
    shop = RunningShop(tmp_path, databases.create(prepared_database), **networks)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    shop.start()
    terminal = Terminal(tmp_path, shop.environment, {"8000": str(shop.port), "9000": str(free_port())})
    yield terminal
    terminal.close()
    shop.abandon()


@ON_SQLITE
def test_each_step_shows_what_the_tutorial_says(terminal: Terminal) -> None:
    def save(text: str) -> None:
        (terminal.folder / "acme.py").write_text(terminal.here(text))

    does: dict[str, Callable[[str], None]] = {"sh": terminal.type, "text": terminal.shows, "python": save}
    first, *others = blocks()
    assert first == ("sh", START)
    for language, text in others:
        does[language](text)
