"""Every command that the documents tell to type is typed, in their order, on a fresh shop.

What cannot run here says so beside its fence: it needs systemd, containers, a mail server, or minutes. Two documents
have tests of their own: test_pay_by_api.py and test_api_snippets.py.
"""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.docs.reading import NAMES, ROOT, text_of
from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import SMARTCART, RunningShop

NOT_HERE = "sh not here"
ELSEWHERE = {"docs/pay-by-api.md", "docs/api.md"}
# How many blocks of each document are not typed: so that none is left out unseen.
LEFT_OUT = {
    "CONTRIBUTING.md": 3,
    "README.md": 1,
    "docs/deployment.md": 9,
    "docs/drill.md": 1,
    "docs/mail.md": 1,
    "docs/operating.md": 2,
    "docs/quick-reference.md": 2,
    "docs/real-money.md": 1,
    "docs/runbooks.md": 1,
}
# Two cores may be busy with other tests; on idle ones no document takes more than 12 s.
LIMIT = 180


def blocks(name: str, info: str = "sh") -> list[str]:
    """What stands in the fences of a document that say so."""
    return re.findall(rf"^```{info}\n(.*?)^```", text_of(name), re.DOTALL | re.MULTILINE)


TYPED = [name for name in NAMES if name not in ELSEWHERE and blocks(name)]


@pytest.fixture(scope="module")
def shop(
    databases: Databases, prepared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """One shop for all documents, in a folder like a clone."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    shop = RunningShop(folder, databases.create(prepared_database))
    shop.start()
    yield shop
    shop.abandon()


@pytest.fixture(scope="module")
def environment(shop: RunningShop) -> dict[str, str]:
    """That of somebody who has the shop's command, and a key of its API."""
    made = shop.command("api-key", "create", "reader")
    path = f"{SMARTCART.parent}:{os.environ['PATH']}"
    (shop.folder / ".curlrc").write_text("fail\n")  # what is refused is no success
    own = {"PATH": path, "PYTHONPATH": str(ROOT), "KEY": made.stdout.split()[-1], "CURL_HOME": str(shop.folder)}
    return {**shop.environment, **own}


@ON_SQLITE
@pytest.mark.parametrize("name", TYPED)
def test_each_command_of_a_document_does_what_it_says(
    name: str, shop: RunningShop, environment: dict[str, str]
) -> None:
    typed = "\n".join(blocks(name)).replace("127.0.0.1:8000", f"127.0.0.1:{shop.port}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],
        cwd=shop.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_typed_is_known() -> None:
    assert {name: number for name in NAMES if (number := len(blocks(name, NOT_HERE)))} == LEFT_OUT


def test_no_command_stands_in_a_fence_that_says_nothing() -> None:
    for name in NAMES:
        fences = re.findall(r"^```(.*)$", text_of(name), re.MULTILINE)[::2]
        assert "" not in fences, name
