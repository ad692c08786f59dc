"""`smartcart api-key`: keys are made and shown once, listed, made anew and revoked."""

import json
import re
from hashlib import sha256

import pytest
from flask import Flask

from smartcart.payments.api.keys import make_key
from tests.commands.running import Command
from tests.support.databases import look_into
from tests.support.two_at_once import kinds, overlapping


def test_an_api_key_is_printed_once_and_kept_as_a_hash_only(run: Command, migrated: str) -> None:
    done = run("api-key", "create", "till")
    key = done.out.strip()
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"sk_[\w-]{43}", key)
    assert look_into(migrated, "select name, hash, is_admin from api_key") == [
        ("till", sha256(key.encode()).hexdigest(), 0)
    ]
    assert key not in str(look_into(migrated, "select * from api_key"))


def test_an_admins_key_is_one_only_when_asked_for(run: Command, migrated: str) -> None:
    run("api-key", "create", "till")
    run("api-key", "create", "office", "--admin")
    assert look_into(migrated, "select name, is_admin from api_key order by name") == [("office", 1), ("till", 0)]


@pytest.mark.parametrize("name", ["till", "", "x" * 81, "bell\a", "till 4242.4242.4242.4242"])
def test_a_key_of_a_taken_or_unfit_name_is_not_made(run: Command, migrated: str, name: str) -> None:
    run("api-key", "create", "till")
    done = run("api-key", "create", name)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert done.err.startswith("No key was made: ")
    assert look_into(migrated, "select name from api_key") == [("till",)]


def test_two_keys_of_one_name_made_at_once_are_one(app: Flask) -> None:
    answers = overlapping(app, *[lambda: make_key("till", is_admin=False)] * 2)
    assert kinds(answers) == {"str": 1, "ValueError": 1}


def test_keys_are_listed_made_anew_and_revoked(run: Command, migrated: str) -> None:
    made = run("api-key", "create", "till").out.strip()
    run("api-key", "create", "office", "--admin")
    assert [line.partition(",")[0] for line in run("api-key", "list").out.splitlines()] == [
        "office: admin",
        "till: merchant",
    ]
    anew = run("api-key", "rotate", "till", "--overlap", "24").out.strip()
    assert re.fullmatch(r"sk_[\w-]{43}", anew)
    assert anew != made
    assert run("api-key", "revoke", "till").out == "The key named till opens nothing any more.\n"
    listed = [json.loads(line) for line in run("api-key", "list", "--json").out.splitlines()]
    assert [(key["name"], key["admin"], bool(key["revoked_at"])) for key in listed] == [
        ("office", True, False),
        ("till", False, True),
    ]
    assert made not in run("api-key", "list").out


@pytest.mark.parametrize("command", [["rotate", "till"], ["revoke", "till"], ["rotate", "office", "--overlap", "999"]])
def test_what_is_not_there_or_too_long_is_one_line(run: Command, migrated: str, command: list[str]) -> None:
    run("api-key", "create", "office")
    done = run("api-key", *command)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
