"""`smartcart webhook`: webhooks are made, their secrets shown once, listed, switched on, taken away."""

import json

import pytest

from tests.commands.running import Command
from tests.support.databases import look_into

URL = "https://till.example/webhooks"


def make(run: Command, *more: str) -> list[str]:
    """Returns its id and its secret."""
    run("api-key", "create", "till")
    done = run("webhook", "create", "till", URL, *more)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_its_secret_is_shown_once(run: Command, migrated: str) -> None:
    made, secret = make(run, "--type", "payment.completed", "--thin")
    assert secret.startswith("whsec_")
    assert look_into(migrated, "select id, secret, is_thin from webhook_endpoint") == [(made, secret, 1)]
    listed = run("webhook", "list", "--json").out
    assert secret not in listed
    line = json.loads(listed)
    assert (line["id"], line["key"], line["url"], line["types"]) == (made, "till", URL, ["payment.completed"])
    assert run("webhook", "list").out == f"{made} till: {URL}, on\n"


def test_another_secret_is_shown_once_too(run: Command, migrated: str) -> None:
    made, before = make(run)
    after = run("webhook", "rotate", made).out.strip()
    assert look_into(migrated, "select secret, secret_before from webhook_endpoint") == [(after, before)]


def test_it_is_switched_on_and_taken_away(run: Command, migrated: str) -> None:
    made, _ = make(run)
    assert run("webhook", "switch-on", made).out == f"{URL} is told from now on.\n"
    assert run("webhook", "remove", made).out == "Nothing is sent there any more.\n"
    assert look_into(migrated, "select count(*) from webhook_endpoint") == [(0,)]


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["create", "nobody", URL], "No webhook was made: there is no key named nobody."),
        (["create", "till", "http://till.example"], "No webhook was made: it must begin with https://."),
        (
            ["create", "till", URL, "--type", "payment.imagined"],
            "No webhook was made: there are no events of the type payment.imagined.",
        ),
        (["rotate", "one"], "The secret stays as it is: there is no such webhook."),
        (["switch-on", "one"], "Nothing was done: there is no such webhook."),
        (["remove", "one"], "Nothing was done: there is no such webhook."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run: Command, command: list[str], said: str) -> None:
    run("api-key", "create", "till")
    done = run("webhook", *command)
    assert (done.code, done.out, done.err.strip()) == (1, "", said)
