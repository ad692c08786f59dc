"""Each snippet of docs/api.md does on a fresh shop what its call does: in the shell, in Python and in JavaScript."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

import httpx
import pytest

from tests.docs.reading import ROOT, section, text_of
from tests.support import bank
from tests.support.databases import ON_SQLITE, Databases
from tests.support.described import calls, hold_body
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

REFERENCE = "docs/api.md"
API = "/api/payments"
# Of which calls a session must have come how far: by the method that it was tried with.
TRIED_WITH = {
    "resumeSession": "sandbox_decline",
    "completeSession": "sandbox_approve",
    "refundSession": "sandbox_approve",
    "getSummary": "sandbox_approve",
}
OF_WHAT_IS_HELD = ("captureSession", "releaseSession")
Environment = dict[str, str]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def start(language: str) -> str:
    """What a reader has done before the first call."""
    return blocks(section(REFERENCE, "Before the first call"), language)[0]


def snippets(language: str) -> dict[str, str]:
    """By the id of the call, in their order."""
    parts = text_of(REFERENCE).split("\n### ")
    found = {
        name[1]: blocks(part, language) for part in parts if (name := re.search(r" \(`(\w+)`\)$", part, re.MULTILINE))
    }
    return {name: each[0] for name, each in found.items()}


def in_shell(snippet: str, environment: Environment) -> str:
    """Returns the status and the body; curl itself says only the body."""
    shown = 'curl() { command curl --silent --show-error --max-time 30 --write-out "\\n%{http_code}" "$@"; }\n'
    done = run(["sh", "-euc", shown + snippet], environment)
    body, _, status = done.rpartition("\n")
    return f"{status} {body}"


def in_python(snippet: str, environment: Environment) -> str:
    """In this process: one of its own for each would take longer than all of them."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        for name, value in environment.items():
            patch.setenv(name, value)
        space: dict[str, object] = {}
        exec(compile(start("python") + snippet, REFERENCE, "exec"), space)  # noqa: S102
        shop = space["shop"]
        assert isinstance(shop, httpx.Client)
        shop.close()
    return out.getvalue()


def in_javascript(snippet: str, environment: Environment) -> str:
    return run([node(), "--input-type=module", "--eval", start("js") + snippet], environment)


@cache
def node() -> str:
    npm = run(["tools/find-npm"], {}).strip()
    return str(Path(npm).with_name("node"))


def run(command: list[str], environment: Environment) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **environment}, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Reader:
    """Somebody who tries all that the reference shows, with a key of their own."""

    url: str
    key: str
    numbers: Iterator[int]
    ledger: Path

    def __post_init__(self) -> None:
        self.shop = httpx.Client(base_url=self.url + API, headers={"Authorization": f"Bearer {self.key}"}, timeout=30)

    def environment(self, name: str) -> Environment:
        """What the reader has at hand for a call."""
        about = {"SESSION": self.session_for(name)} if "/session/{id}" in calls()[name][1] else {}
        made = self.shop.get("/webhooks").json()["webhooks"]
        return {"BASE_URL": self.url, "KEY": self.key, **about, "WEBHOOK": made[0]["id"] if made else ""}

    def session_for(self, name: str) -> str:
        return self.held() if name in OF_WHAT_IS_HELD else self.session(TRIED_WITH.get(name, ""))

    def held(self) -> str:
        """A session whose sum is set aside."""
        session = self.session("sandbox_challenge")
        bank.set_aside(self.ledger, session)
        self.shop.post(f"/session/{session}/complete")
        wait_for(lambda: self.status(session) == "authorized")
        return session

    def status(self, session: str) -> str:
        return str(self.shop.get(f"/session/{session}").json()["status"])

    def session(self, tried_with: str) -> str:
        order = {"reference": f"of the reader {next(self.numbers)}", "amount": 4200, "currency": "EUR"}
        session = str(self.shop.post("/session/create", json=order).json()["id"])
        if tried_with:
            self.shop.post(f"/session/{session}/pay", json={"method": tried_with}).raise_for_status()
            wait_for(lambda: self.status(session) in ("completed", "interrupted", "action_required"))
        return session


@pytest.fixture(scope="module")
def shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    shop = RunningShop(tmp_path_factory.mktemp("shop"), databases.create(prepared_database))
    shop.start()
    yield shop
    shop.abandon()


def key(shop: RunningShop, name: str) -> str:
    made = shop.command("api-key", "create", name, "--admin")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@ON_SQLITE
@pytest.mark.parametrize(("language", "runs"), [("sh", in_shell), ("python", in_python), ("js", in_javascript)])
def test_a_snippet_does_what_its_call_does(
    shop: RunningShop, language: str, runs: Callable[[str, Environment], str]
) -> None:
    reader = Reader(shop.url, key(shop, f"a reader of {language}"), iter(range(100)), shop.ledger)
    found = snippets(language)
    assert list(found) == list(calls()), "one for each call"
    for name, snippet in found.items():
        status, _, body = runs(snippet, reader.environment(name)).strip().partition(" ")
        assert int(status) < 300, (name, status, body)
        hold_body(name, int(status), body)
    reader.shop.close()
