"""PostgreSQL's tools do the work: that they are missing or too old is said, and they show nobody the password."""

import os
from pathlib import Path

import pytest

from smartcart import backup
from tests.support.postgresql import PostgreSQL

DATABASE = "postgresql+psycopg://{}:hunter2@127.0.0.1:{}/postgres"
# Stands where pg_dump would: keeps what it was told, and complains as one that is older than the server does.
TOO_OLD = """#!/bin/sh
echo "$@" > "{0}/arguments"
echo "$PGPASSWORD" > "{0}/password"
echo "pg_dump: error: aborting because of server version mismatch" >&2
exit 1
"""


@pytest.fixture
def database(postgresql: PostgreSQL) -> str:
    """A server that asks for no password is given one all the same."""
    return DATABASE.format("postgres", postgresql.port)


@pytest.fixture
def old_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tool = tmp_path / "pg_dump"
    tool.write_text(TOO_OLD.format(tmp_path))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tool


def test_a_missing_tool_is_named(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(backup.Failed, match="pg_dump is not on the PATH: install PostgreSQL's client tools"):
        backup.back_up(database, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_is_too_old_is_told_of(database: str, tmp_path: Path, old_tool: Path) -> None:
    with pytest.raises(backup.Failed, match="server version mismatch Install the client tools of the server's version"):
        backup.back_up(database, tmp_path / "backup")


def test_the_password_goes_by_the_environment_alone(database: str, tmp_path: Path, old_tool: Path) -> None:
    with pytest.raises(backup.Failed) as failed:
        backup.back_up(database, tmp_path / "backup")
    assert "hunter2" not in (tmp_path / "arguments").read_text()
    assert "hunter2" not in str(failed.value)
    assert (tmp_path / "password").read_text() == "hunter2\n"


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(backup.Failed, match="The database does not answer as it should") as failed:
        backup.back_up(DATABASE.format("postgres", 1), tmp_path / "backup")
    assert "hunter2" not in str(failed.value)
