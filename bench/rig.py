"""What the parts measure on: databases with rows in them, and servers pinned to one core, all gone in the end.

The servers share one core; what loads them, and PostgreSQL, which would be on a machine of its own, have the other.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from urllib.error import HTTPError
from urllib.request import urlopen

from flask import Flask

from bench import sessions
from bench.instant import InstantGateway
from bench.processor import Resources, resources_of, seconds_of
from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.protocol import Gateway
from smartcart.server.serve import freeze_loaded_objects
from smartcart.web.shopper import newcomer
from tests.support.ports import free_port
from tests.support.postgresql import PostgreSQL
from tests.support.waiting import wait_for

SERVER_CORE, LOAD_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
SQLITE, POSTGRESQL = DATABASES = ("SQLite", "PostgreSQL")
SECRET = "a secret key for measuring"  # noqa: S105  # protects nothing
START_LIMIT = 60.0
SMARTCART = Path(sys.executable).with_name("smartcart")


class Rig:
    """To be used in `with`; `rounds` is how often the parts are to measure each thing, `minutes` how long an outage is
    to last."""

    def __init__(self, rounds: int, minutes: float) -> None:
        self.rounds, self.minutes = rounds, minutes
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="smartcart-bench-")))
        self._postgresql: PostgreSQL | None = None
        self._databases = 0
        self._servers: dict[str, int] = {}

    def __enter__(self) -> "Rig":
        os.sched_setaffinity(0, {LOAD_CORE})  # what is started from here inherits it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def database(self, kind: str, filled_with: int = 0) -> str:
        """The URL of a new database of that kind with all tables and that many sessions; see `sessions`."""
        self._databases += 1
        name = f"bench_{self._databases}"
        if kind == SQLITE:
            url = f"sqlite:///{self.folder / name}.sqlite3"
        else:
            url = self._server().create(name).replace("postgresql://", "postgresql+psycopg://")
        subprocess.run(
            [SMARTCART, "migrate"], env={**os.environ, **self.environment(url)}, check=True, stdout=subprocess.DEVNULL
        )
        if filled_with:
            sessions.fill(url, filled_with)
        return url

    def environment(self, database_url: str, **settings: object) -> dict[str, str]:
        """The settings of a process of the shop on this database; `settings` by their names in small letters."""
        ours = {
            "database_url": database_url,
            "secret_key": SECRET,
            "sandbox_ledger": self.folder / "sandbox.sqlite3",
            "data": self.folder,
            "admin_password": "a password for measuring",
            "rate_limit": "off",
            "weather": "off",  # an outage is measured by what is sent into it
            "fraud": "off",  # one shopper who pays without end is what most parts measure
            **settings,
        }
        return {f"SMARTCART_{name.upper()}": str(value) for name, value in ours.items()}

    def settings(self, database_url: str) -> Settings:
        """The same for an app in this process."""
        return Settings(
            database_url=database_url,
            secret_key=SECRET,
            sandbox_ledger=self.folder / "sandbox.sqlite3",
            rate_limit="off",
            fraud="off",
        )

    @contextmanager
    def as_server(self) -> Iterator[None]:
        """This thread, and those that it starts, are on the servers' core: a shop in this process leaves PostgreSQL
        the other, as one in a process of its own does."""
        os.sched_setaffinity(0, {SERVER_CORE})
        try:
            yield
        finally:
            os.sched_setaffinity(0, {LOAD_CORE})

    def app(self, database_url: str, gateway: Gateway | None = None, fraud: str = "off") -> Flask:
        """A shop in this process, made as `serve` makes its own; its gateway answers at once if none is given."""
        settings = self.settings(database_url).model_copy(update={"fraud": fraud})
        app = create_app(settings, gateway or InstantGateway())
        freeze_loaded_objects()
        return app

    def sandbox_app(self, database_url: str) -> Flask:
        """The same with the sandbox as its gateway, which keeps books and knows ways to pay."""
        return create_app(self.settings(database_url))

    def cookie(self, shopper: str) -> str:
        """What the browser of that shopper sends with every request."""
        app = Flask("bench")
        app.secret_key = SECRET
        with app.app_context():
            name, value = newcomer(shopper, is_new=False).cookie
        return f"{name}={value}"

    def shop(self, database_url: str, **settings: object) -> str:
        """The address of a shop that serves from now on: one process, no jobs, on the servers' core."""
        port = free_port()
        command = [SMARTCART, "serve", "--no-schedule", "--port", port]
        return self.serve(command, port, **self.environment(database_url, **settings))

    def serve(self, command: Sequence[object], port: int, **environment: str) -> str:
        """The address of a server that was started on the servers' core and answers."""
        process = self.start(command, **environment)
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(address, process), START_LIMIT)
        self._servers[address] = process.pid
        return address

    def start(self, command: Sequence[object], **environment: str) -> subprocess.Popen[bytes]:
        """A process that was started on the servers' core, to be ended with the rig."""
        pinned = ["taskset", "--cpu-list", str(SERVER_CORE), *map(str, command)]
        process = subprocess.Popen(pinned, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        return process

    def processor_seconds(self, address: str) -> float:
        """The processor time, user's and system's, that a server which was started here has taken so far."""
        return seconds_of(self._servers[address])

    def resources(self, address: str) -> Resources:
        """What a server which was started here takes now."""
        return resources_of(self._servers[address])

    def postgresql_seconds(self) -> float:
        """The same of PostgreSQL, with all that it has running."""
        return seconds_of(self._server().pid)

    def _server(self) -> PostgreSQL:
        """One PostgreSQL for all, made when it is first needed; its commits reach the disk, as SQLite's do."""
        if self._postgresql is None:
            self._postgresql = PostgreSQL(free_port(), fsync="on", full_page_writes="on", autovacuum="on")
            self._stack.callback(self._postgresql.remove)
            self._postgresql.start()
        return self._postgresql


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"it ended with {process.returncode} before it answered: {process.args}"
    try:
        with urlopen(address, timeout=5):  # noqa: S310  # our own server
            return True
    except HTTPError:  # it has no such page, and says so
        return True
    except OSError:
        return False
