"""The drilled shop: its own folder or database, its own settings, and processes that are killed and started again."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange
from urllib.error import HTTPError
from urllib.request import urlopen

from smartcart.drill import apart, wrong_clock

# Short, so that all settles within a minute; fewer gateway threads than shoppers, so that some presses on Pay wait.
LIFETIME = 20
MAX_ATTEMPTS = 3
SETTINGS = {
    "BASE_URL": "",
    "GATEWAY": "sandbox",
    "PAYMENT_TIMEOUT": 1,
    "MAX_ATTEMPTS": MAX_ATTEMPTS,
    "RETRY_DELAY": 0.3,
    "SESSION_LIFETIME": LIFETIME,
    "POLL_INTERVAL": 2,
    "CLEANUP_INTERVAL": 0.5,
    "RECONCILE_INTERVAL": 0.3,
    # What the sandbox is told to do to one payment is no weather, though most of them are told to.
    "WEATHER": "off",
    # Nor is it an attack, though all of its shoppers have one sandbox's cards.
    "FRAUD": "off",
    "GATEWAY_THREADS": 12,
    "RATE_LIMIT": "off",
    "CURRENCY": "EUR",
}
SMARTCART = [
    sys.executable,
    "-c",
    "from smartcart.drill.apart import begin; begin(); from smartcart.commands import main; main()",
]
# A start takes a second; a machine may be busy with other things. In seconds.
START_LIMIT = 60.0
# Below the ports that systems lend to those who connect: a browser that knocks at a dead shop may be lent its very
# port, and then talks to itself while the shop cannot come back.
PORTS = range(20000, 32000)


class ShopEnded(Exception):
    """A process of the shop ended by itself, or a command of it failed; the message says what it wrote last."""


@dataclass
class Process:
    """One `smartcart` process, with the worker processes it starts; `port` is 0 for one that serves no pages."""

    words: list[str]
    environment: dict[str, str]
    log: Path
    port: int = 0
    running: subprocess.Popen[bytes] | None = None
    _log_before: int = 0

    def start(self) -> None:
        if self.port:
            wait_for(lambda: _is_free(self.port), START_LIMIT)
        with self.log.open("ab") as log:
            self._log_before = log.tell()
            self.running = subprocess.Popen(  # noqa: S603  # our own command
                [*SMARTCART, *self.words],
                env={**self.environment, apart.TIED: "1"},
                stdin=subprocess.PIPE,  # which nobody writes to: see apart.py
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def kill(self) -> None:
        """kill -9, of all of it at the same moment."""
        if self.running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            if self.running.stdin is not None:
                self.running.stdin.close()
            self.running = None

    def must_run(self) -> None:
        """Raises ShopEnded when it has ended by itself."""
        if self.running is None or self.running.poll() is not None:
            raise ShopEnded(f"`smartcart {' '.join(self.words)}` ended by itself: {self.log.read_text()[-2000:]}")

    def is_ready(self) -> bool:
        """Whether it is at work: it answers, or has written its first line."""
        self.must_run()
        if not self.port:
            return self.log.stat().st_size > self._log_before
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (HTTPError, OSError):
            return False


@dataclass
class Shop:
    """A shop of its own in `folder`, on `database`; `web` processes serve pages, `workers` run the jobs.

    A single web process runs the jobs too when there is no worker. `settings` are named without their prefix. `clock`
    is how far its clock is ahead in seconds, and `clocks` how far it was at any time; `killed_at` is when it was
    killed, in seconds since 1970.
    """

    folder: Path
    database: str
    web: int
    workers: int
    settings: Mapping[str, object] = field(default_factory=lambda: SETTINGS)
    processes: list[Process] = field(default_factory=list)
    clock: int = 0
    clocks: set[int] = field(default_factory=lambda: {0})
    killed_at: list[float] = field(default_factory=list)
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def __post_init__(self) -> None:
        own: dict[str, object] = {"DATABASE_URL": self.database, "SANDBOX_LEDGER": self.ledger}
        own |= {"DATA": self.folder, "ADMIN_PASSWORD": self.admin_password}
        self._environment = _environment({"SECRET_KEY": secrets.token_urlsafe(24), **self.settings, **own})
        jobs = ["--no-schedule"] if self.workers else []
        for number in range(self.web):
            port = _free_port()
            self._add(f"web-{number + 1}", ["serve", "--port", str(port), *jobs], port)
        for number in range(self.workers):
            self._add(f"worker-{number + 1}", ["worker"], 0)

    @property
    def ledger(self) -> Path:
        return self.folder / "sandbox.sqlite3"

    @property
    def other_ledger(self) -> Path:
        """Books of another account at the sandbox."""
        return self.folder / "other_sandbox.sqlite3"

    @property
    def mails(self) -> Path:
        """Where its letters are kept."""
        return self.folder / "mail"

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{process.port}" for process in self.processes if process.port]

    def set_clock(self, seconds: int) -> None:
        """So far ahead of the right time, or behind it, from the next start on."""
        self.clock = seconds
        self.clocks.add(seconds)
        self._environment[wrong_clock.AHEAD] = str(seconds)

    def work_with(self, ledger: Path) -> None:
        """With these books of the gateway, from the next start on."""
        self.change("SANDBOX_LEDGER", ledger)

    def change(self, setting: str, value: object) -> None:
        """From the next start on. An empty one is as one that is not set."""
        self._environment[f"SMARTCART_{setting}"] = str(value)

    def command(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """What a command of the shop prints. Raises ShopEnded when it ends with none of `codes`."""
        done = subprocess.run(  # noqa: S603  # our own command
            [*SMARTCART, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
            check=False,
        )
        if done.returncode not in codes:
            raise ShopEnded(f"`smartcart {' '.join(words)}` ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self) -> None:
        """And wait until it is at work."""
        self.begin()
        self.wait()

    def wait(self) -> None:
        """Until it is at work."""
        for process in self.processes:
            wait_for(process.is_ready, START_LIMIT)

    def begin(self) -> None:
        """Start it, and wait for nothing."""
        for process in self.processes:
            process.start()

    def must_run(self) -> None:
        """Raises ShopEnded when a process has ended by itself."""
        for process in self.processes:
            process.must_run()

    def kill(self) -> None:
        self.killed_at.append(time.time())
        for process in self.processes:
            process.kill()

    def _add(self, name: str, words: list[str], port: int) -> None:
        self.processes.append(Process(words, self._environment, self.folder / f"{name}.log", port))


def wait_for(condition: Callable[[], bool], limit: float) -> None:
    """Raises ShopEnded when the condition has not come true after `limit` seconds."""
    ends = time.monotonic() + limit
    while not condition():
        if time.monotonic() > ends:
            raise ShopEnded(f"The shop was not ready after {limit:.0f} s.")
        time.sleep(0.02)


def _environment(settings: dict[str, object]) -> dict[str, str]:
    """The machine's environment with these settings and no other."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("SMARTCART_")}
    return others | {f"SMARTCART_{name}": str(value) for name, value in settings.items()}


def _free_port() -> int:
    while not _is_free(port := randrange(PORTS.start, PORTS.stop)):  # noqa: S311  # no secret
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have ended do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
