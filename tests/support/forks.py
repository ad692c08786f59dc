"""Processes of the shop, forked from one that has loaded it: to start Python and load the shop costs a core more than a
second, a fork some milliseconds, and tests start hundreds. What runs is what `smartcart` runs, in a process that has
nothing of the tests: not their threads, files or connections. Addresses were compiled for it (see addresses.py).

    python -m tests.support.forks 5

forks at the other end of socket 5: a list of a module and its arguments, the environment, and two files for the output.
"""

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import IO, Any

from smartcart import create_app
from smartcart.commands import COMMANDS
from smartcart.config import Settings
from tests.support import addresses
from tests.support.cheap_hashes import hash_cheaply
from tests.support.waiting import wait_for

# More than any environment and command line together.
LONGEST_MESSAGE = 1 << 20


class Forked:
    """A process that was forked, to be used as a `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = _parent().ask({"ended": self.pid})
        return self.returncode

    def wait(self, limit: float) -> int:
        """Wait until it has ended; returns its exit code. Raises AssertionError after `limit` seconds."""
        wait_for(lambda: self.poll() is not None, limit)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)  # which is nobody else's: its parent has not yet been asked how it ended

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(asked: list[str], environment: dict[str, str], out: IO[Any], err: IO[Any]) -> Forked:
    """Run main() of a module, with the arguments that follow its name, in a process group of its own."""
    pid = _parent().ask({"run": asked, "environment": environment}, out.fileno(), err.fileno())
    return Forked(pid)


class Parent:
    """The process that forks, as it is spoken to."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.support.forks", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def ask(self, question: dict[str, Any], *files: int) -> Any:
        with self._turn:
            socket.send_fds(self._socket, [json.dumps(question).encode()], files)
            return json.loads(self._socket.recv(LONGEST_MESSAGE))

    def end(self) -> None:
        self._socket.close()  # it ends when nobody is left there
        self._process.wait()


@cache
def _parent() -> Parent:
    """One for all tests of a process."""
    return Parent()


def end() -> None:
    """Nothing is forked any more. What was, and how much it has worked, is accounted for."""
    if _parent.cache_info().currsize:
        _parent().end()
        _parent.cache_clear()


def load() -> None:
    """All that a shop's process loads and works out before it looks at its settings."""
    for where, _ in COMMANDS.values():
        resolve_name(f"smartcart.{where}")
    addresses.compile_once()
    with TemporaryDirectory() as folder:
        for gateway in ("sandbox", "stripe"):
            create_app(_settings(gateway, Path(folder)))
    tempfile.tempdir = None  # each process looks at its own TMPDIR


def _settings(gateway: Any, folder: Path) -> Settings:
    """Of a shop that is never served."""
    return Settings(
        gateway=gateway,
        database_url=f"sqlite:///{folder / 'shop.sqlite3'}",
        sandbox_ledger=folder / "ledger.sqlite3",
        secret_key="x" * 32,
        stripe_secret_key="sk_test_unused",
        stripe_publishable_key="pk_test_unused",
    )


def serve_until_forked(asking: socket.socket) -> list[str]:
    """Fork, and tell how those have ended that were forked. Returns in each new process, with what it is to run."""
    while True:
        message, files, _, _ = socket.recv_fds(asking, LONGEST_MESSAGE, 2)
        if not message:
            sys.exit()
        question = json.loads(message)
        if "ended" in question:
            asking.send(json.dumps(_end_of(question["ended"])).encode())
        elif pid := os.fork():
            for file in files:
                os.close(file)
            asking.send(json.dumps(pid).encode())
        else:
            asking.close()
            _settle_in(files, question["environment"])
            asked: list[str] = question["run"]
            return asked


def _end_of(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _settle_in(files: list[int], environment: dict[str, str]) -> None:
    os.setpgid(0, 0)
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


if __name__ == "__main__":
    load()
    hash_cheaply()
    gc.freeze()  # otherwise each process looks through all that was loaded when it ends, for 0.4 s
    module, *arguments = serve_until_forked(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["smartcart", *arguments]
    importlib.import_module(module).main()
