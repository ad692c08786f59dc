"""The shop as people run it: `smartcart serve` in processes of its own, on a scratch folder, to be killed at will."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.support.databases import look_into, write_into
from tests.support.forks import Forked, fork
from tests.support.ports import free_port
from tests.support.stripe_server import StripeServer
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

SMARTCART = Path(sys.executable).with_name("smartcart")
# Two cores may be busy with other tests; a start takes 2 s on idle ones, and took more than 40 s at a load of 30.
START_LIMIT = 120.0
# So long a shop that is gone may still hold its port: a worker that was not told ends by itself "at once".
FREE_LIMIT = 2.0
# Short, so that a test waits for nothing longer than it must; each can be given otherwise.
SETTINGS = {
    "SECRET_KEY": "a secret key for tests",
    "BASE_URL": "",
    "GATEWAY": "sandbox",
    "PAYMENT_TIMEOUT": 1,
    "MAX_ATTEMPTS": 3,
    "RETRY_DELAY": 0.3,
    "SESSION_LIFETIME": 900,
    "POLL_INTERVAL": 2,
    "CLEANUP_INTERVAL": 0.5,
    "RECONCILE_INTERVAL": 0.3,
    "GATEWAY_THREADS": 32,
    "ADMIN_PASSWORD": "a password for tests",
    "RATE_LIMIT": "off",
    "CURRENCY": "EUR",
    # What tests have the sandbox do to single payments is no weather; test_gateway_out.py switches it on.
    "WEATHER": "off",
    # Nor is it an attack, however many cards are declined.
    "FRAUD": "off",
}


class RunningShop:
    """One shop on one folder and on the database at an address; without one, on a file of SQLite's in the folder.

    With `stripe`, that is its gateway. `settings` are named as in `SETTINGS`, in small letters: `payment_timeout=2`.
    """

    def __init__(
        self, folder: Path, database: str = "", stripe: StripeServer | None = None, **settings: object
    ) -> None:
        self.folder = folder
        self.database = database or f"sqlite:///{folder / 'shop.sqlite3'}"
        self.ledger = folder / "sandbox.sqlite3"
        self.log = folder / "shop.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = _environment(
            {
                **SETTINGS,
                "DATABASE_URL": self.database,
                "SANDBOX_LEDGER": self.ledger,
                "DATA": folder,
                **(_at_stripe(stripe) if stripe else {}),
                **{name.upper(): value for name, value in settings.items()},
            }
        )
        self._process: Forked | None = None

    def prepare(self) -> None:
        """Make the database and the demo catalogue, as `make run` does."""
        for name in ("migrate", "demo"):
            done = self.command(name)
            assert done.returncode == 0, done.stderr

    def start(self, *options: str) -> None:
        """Serve, and wait until it is ready."""
        assert self._process is None, "it runs already"
        self._process = self.spawn("serve", "--port", str(self.port), *options)
        wait_for(self._is_ready, START_LIMIT)

    def spawn(self, *command: str) -> Forked:
        """A command of the shop beside it, its output in the same log; for the caller to end."""
        with self.log.open("ab") as log:
            return fork([*self.program(), *command], self.environment, log, log)

    def program(self) -> list[str]:
        """What is run: a module with a main(), and its first arguments."""
        return ["smartcart.commands"]

    def command(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the shop to its end."""
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            process = fork(["smartcart.commands", *command], self.environment, out, err)
            code = process.wait(START_LIMIT)
            return subprocess.CompletedProcess(command, code, *(_written(file) for file in (out, err)))

    def kill(self) -> None:
        """kill -9. Nothing is told to its worker, which must end all the same and free the port."""
        self.process.kill()
        self.wait_for_end()

    def wait_for_end(self) -> int:
        """Wait until a shop that is ending is gone, and its port free at once; returns its exit code."""
        code = self.process.wait(START_LIMIT)
        self._process = None
        wait_for(self.port_is_free, FREE_LIMIT)
        return code

    def stop(self) -> None:
        """Tell it to end, if it runs, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            try:
                self.wait_for_end()
            finally:
                if self._process is not None:
                    self._process.kill()

    def abandon(self) -> None:
        """End it, if it runs, when nobody will look any more: to stop, it waits until open pages are quiet."""
        if self._process is not None:
            self.kill()

    @property
    def process(self) -> Forked:
        """Its main process; the leader of a process group, as a terminal makes it."""
        assert self._process is not None, "it does not run"
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def visitor(self) -> Visitor:
        return Visitor(self.url)

    def audit(self) -> list[dict[str, Any]]:
        """The differences that `smartcart audit` finds."""
        done = self.command("audit", "--json")
        assert done.returncode in (0, 1), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)["differences"]
        assert bool(found) == (done.returncode == 1)
        return found

    def charges(self, session: str | None = None) -> list[dict[str, Any]]:
        """The sandbox's books as `smartcart sandbox charges` lists them; of one session if given."""
        done = self.command("sandbox", "charges", "--json")
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return [charge for charge in found if session in (None, charge["session"])]

    def put_on_sale(self, slug: str, stock: int = 1000) -> None:
        """A product of that name with that stock, written past the shop."""
        self.write(
            "insert into product (slug, name, description, price, currency, stock, picture, on_sale)"
            " values (?, ?, '', 4200, 'EUR', ?, '', true)"
            " on conflict (slug) do update set stock = excluded.stock, on_sale = true",
            slug,
            slug.title(),
            stock,
        )

    def stock(self, slug: str) -> int:
        found: int = self.rows("select stock from product where slug = ?", slug)[0][0]
        return found

    def let_expire(self, session: str, seconds: float) -> None:
        """The session's time is up so many seconds from now; it was, if there are less than none."""
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        self.write(
            "update payment_session set expires_at = ? where id = ?", moment.strftime("%Y-%m-%d %H:%M:%S.%f"), session
        )

    def rows(self, query: str, *values: object) -> list[Any]:
        """Look into the shop's database, past the shop."""
        return look_into(self.database, query, *values)

    def write(self, statement: str, *values: object) -> None:
        """Change the shop's database, past the shop."""
        write_into(self.database, statement, *values)

    def log_lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def port_is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have ended do not count
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                return False
            return True

    def _is_ready(self) -> bool:
        assert self.is_running, f"the shop ended before it was ready: {self.log.read_text()[-2000:]}"
        try:
            with urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            return False


def _written(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _at_stripe(stripe: StripeServer) -> dict[str, object]:
    return {
        "GATEWAY": "stripe",
        "STRIPE_SECRET_KEY": stripe.secret_key,
        "STRIPE_PUBLISHABLE_KEY": stripe.publishable_key,
        "STRIPE_API_BASE": stripe.url,
    }


def _environment(settings: dict[str, object]) -> dict[str, str]:
    """The machine's environment with these settings and no other."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("SMARTCART_")}
    return others | {f"SMARTCART_{name}": str(value) for name, value in settings.items()}
