"""`smartcart api-key create` makes a key, shown once."""

import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.commands.running import Command
from tests.running import look_into


def test_an_api_key_is_printed_once_and_kept_as_a_hash_only(run: Command, migrated: Path) -> None:
    done = run("api-key", "create", "till")
    key = done.out.strip()
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"sk_[\w-]{43}", key)
    assert look_into(migrated, "select name, hash, is_admin from api_key") == [
        ("till", sha256(key.encode()).hexdigest(), 0)
    ]
    with closing(sqlite3.connect(migrated)) as connection:
        assert key not in "\n".join(connection.iterdump())


def test_an_admins_key_is_one_only_when_asked_for(run: Command, migrated: Path) -> None:
    run("api-key", "create", "till")
    run("api-key", "create", "office", "--admin")
    assert look_into(migrated, "select name, is_admin from api_key order by name") == [("office", 1), ("till", 0)]


@pytest.mark.parametrize("name", ["till", "", "x" * 81, "bell\a"])
def test_a_key_of_a_taken_or_unfit_name_is_not_made(run: Command, migrated: Path, name: str) -> None:
    run("api-key", "create", "till")
    done = run("api-key", "create", name)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert done.err.startswith("No key was made: ")
    assert look_into(migrated, "select name from api_key") == [("till",)]
