"""A real PgBouncer in transaction mode, in front of a PostgreSQL of the tests."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.support.ports import free_port
from tests.support.postgresql import START_LIMIT, PostgreSQL
from tests.support.waiting import wait_for

# `make test` has looked for it (tools/find-pgbouncer); who calls pytest by hand has it or not.
PROGRAM = os.environ.get("SMARTCART_TEST_PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin") or ""
NONE = "NO PGBOUNCER on this machine: nothing was tried through one. On Debian: apt-get install pgbouncer"
# The first version that carries prepared statements over (https://www.pgbouncer.org/changelog.html).
PREPARES_SINCE = (1, 21)

# Few connections for many, so that hardly two transactions in a row go over the same one.
SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
max_client_conn = 500
default_pool_size = 4
logfile = {folder}/log
pidfile = {folder}/pid
{more}
"""


class PgBouncer:
    """In front of all databases of a server. `more` are lines of its settings."""

    def __init__(self, server: PostgreSQL, more: str = "") -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        self._user = server._user  # it does not run as root
        (self._folder / "users").write_text('"postgres" ""\n')
        settings = SETTINGS.format(server=server.port, port=self.port, folder=self._folder, more=more)
        (self._folder / "settings").write_text(settings)
        if self._user:
            shutil.chown(self._folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "output").open("wb") as output:
            command = [PROGRAM, "-q", str(self._folder / "settings")]
            self._process = subprocess.Popen(command, stdout=output, stderr=output, user=self._user, cwd=self._folder)
        wait_for(self._answers, START_LIMIT)

    def remove(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_LIMIT)
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "output").read_text()
        try:
            with psycopg.connect(self.url("postgres"), autocommit=True, prepare_threshold=None) as connection:
                return connection.execute("select 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False


def version() -> tuple[int, ...]:
    """Of the program; none where there is none."""
    if not PROGRAM:
        return ()
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.split()[1].split(".")[:2])
