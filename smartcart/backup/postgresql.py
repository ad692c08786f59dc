"""A PostgreSQL database, by PostgreSQL's own tools."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from smartcart.backup.kinds import (
    LATEST_ORDER,
    POSTGRESQL_BEGINS,
    Failed,
    Rows,
    begin_epoch,
    name_aside,
    note_skipped,
    refuse_other_kind,
    refuse_to_lose,
    refuse_unknown_version,
)
from smartcart.database.sqlite_file import ASIDE

OWNERLESS = ("--no-owner", "--no-privileges")
VERSIONS = "alembic_version"


class PostgreSQL:
    def __init__(self, database_url: str) -> None:
        url = make_url(database_url)
        self._connecting = dict(url.get_dialect()().create_connect_args(url)[1])  # as psycopg takes it

    def save(self, file: Path) -> Rows:
        """The tool and the count look at the same moment of the database."""
        with self._connected() as connection, connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            snapshot = connection.execute("select pg_export_snapshot()").fetchall()[0][0]
            rows = _rows(connection)
            what = (f"--snapshot={snapshot}", f"--exclude-schema={ASIDE}*", f"--file={file}")
            self._run("pg_dump", "--format=custom", *OWNERLESS, *what, self._database())
        refuse_unknown_version(file, self._version_in(file))
        self._must_hold(file, rows)
        return rows

    def restore(self, file: Path, force: bool) -> tuple[Rows, str]:
        refuse_other_kind(file, POSTGRESQL_BEGINS)
        refuse_unknown_version(file, self._version_in(file))
        with self._connected() as connection:
            aside = _set_aside(connection, force)
            try:
                self._run("pg_restore", "--single-transaction", *OWNERLESS, self._database(), str(file))
                rows = _rows(connection)
                self._must_hold(file, rows)
                _go_on_numbering(connection)
            except BaseException:
                _put_back(connection, aside)
                raise
        return rows, aside and f"its schema {aside}"

    def _must_hold(self, file: Path, rows: Rows) -> None:
        """Raises Failed unless every row can be read in the backup: all of it is unpacked and counted."""
        found = dict.fromkeys(rows, 0)
        table = ""
        for line in self._lines("pg_restore", "--data-only", "--file=-", str(file)):
            if line.startswith(b"COPY ") and not table:
                table = line.split()[1].decode().rpartition(".")[2].strip('"')
            elif line == b"\\.\n":
                table = ""
            elif table:
                found[table] = found.get(table, 0) + 1
        if found != rows:
            wrong = sorted(name for name in found if found[name] != rows.get(name))
            raise Failed(f"The backup and the database differ in {', '.join(wrong)}.")

    def _version_in(self, file: Path) -> str:
        """The version of the tables in a backup."""
        lines = list(self._lines("pg_restore", "--data-only", f"--table={VERSIONS}", "--file=-", str(file)))
        begins = [number for number, line in enumerate(lines) if line.startswith(b"COPY ")]
        if not begins:
            raise Failed(f"{file} is no backup of SmartCart.")
        return lines[begins[0] + 1].decode().strip()

    def _lines(self, *command: str) -> Iterator[bytes]:
        """What a tool writes, while it writes. Raises Failed at the end when the tool has failed."""
        with self._started(*command, stdout=subprocess.PIPE) as tool:
            yield from tool.stdout or ()
            _must_succeed(command[0], tool)

    def _run(self, *command: str) -> None:
        with self._started(*command) as tool:
            _must_succeed(command[0], tool)

    def _started(self, *command: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """A tool of PostgreSQL. The password goes by its environment: everybody may read a command line."""
        found = shutil.which(command[0])
        if found is None:
            raise Failed(f"{command[0]} is not on the PATH: install PostgreSQL's client tools.")
        secret = {"PGPASSWORD": str(self._connecting["password"])} if "password" in self._connecting else {}
        return subprocess.Popen(  # noqa: S603  # PostgreSQL's own tool
            [found, *command[1:]], env={**os.environ, **secret}, stdout=stdout, stderr=subprocess.PIPE
        )

    def _database(self) -> str:
        """Where the database is, for a tool."""
        return "--dbname=" + make_conninfo(**{**self._connecting, "password": None})

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(**self._connecting, autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            raise Failed(f"The database does not answer as it should: {str(error).splitlines()[0]}") from error


def _set_aside(connection: psycopg.Connection[Any], force: bool) -> str:
    """The name under which the old tables are kept from now on; empty when there were none."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    if (found := _number(connection, f"{others} and backend_type = 'client backend'")) > 0:
        raise Failed(f"The database is in use ({found} other connections): stop the shop and its workers first.")
    rows = _rows(connection)
    sessions = rows.get("payment_session", 0)
    refuse_to_lose(f"{sessions} payment sessions" if sessions else "", force)
    if not rows:
        return ""
    aside = name_aside()
    with connection.transaction():
        connection.execute(sql.SQL("alter schema public rename to {}").format(sql.Identifier(aside)))
        connection.execute("create schema public")
    return aside


def _go_on_numbering(connection: psycopg.Connection[Any]) -> None:
    """The restored orders go on after those of every schema that was ever set aside."""
    query = "select schemaname from pg_tables where tablename = 'shop_order' and starts_with(schemaname, %s)"
    others = [_latest_order(connection, schema) for (schema,) in connection.execute(query, [ASIDE]).fetchall()]
    ((last_id, last_name),) = _latest_order(connection, "public") or [(0, "")]
    with connection.transaction():
        note_skipped(connection.execute, last_id, last_name, [name for rows in others for _, name in rows])
        begin_epoch(connection.execute)


def _latest_order(connection: psycopg.Connection[Any], schema: str) -> list[tuple[int, str]]:
    """Its id and number; nothing where there is none."""
    return connection.execute(sql.SQL(LATEST_ORDER).format(sql.Identifier(schema) + sql.SQL("."))).fetchall()


def _put_back(connection: psycopg.Connection[Any], aside: str) -> None:
    if aside:
        with connection.transaction():
            connection.execute("drop schema public cascade")
            connection.execute(sql.SQL("alter schema {} rename to public").format(sql.Identifier(aside)))


def _rows(connection: psycopg.Connection[Any]) -> Rows:
    tables = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
    count = "select count(*) from {}"
    return {name: _number(connection, sql.SQL(count).format(sql.Identifier("public", name))) for (name,) in tables}


def _number(connection: psycopg.Connection[Any], query: Any) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _must_succeed(name: str, tool: subprocess.Popen[bytes]) -> None:
    """Raises Failed with what a tool has complained of."""
    complaint = tool.stderr.read().decode(errors="replace").strip() if tool.stderr else ""
    if tool.wait() != 0:
        advice = " Install the client tools of the server's version." if "version" in complaint else ""
        raise Failed(f"{name} could not do its work: {' '.join(complaint.split())}{advice}")
