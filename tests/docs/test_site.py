"""The documents as a site: read and searched from a folder, with nothing on it that comes from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.waiting import wait_for
from tools.documents import site

# What a page loads by itself, as against what somebody may follow.
LOADED = re.compile(r"""<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)\"""")
# Two cores may be busy with other tests; on idle ones a page is there within 2 s.
LIMIT = 30_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    site.build(folder)
    return folder


@pytest.fixture
def reader(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and whatever it asked for that is not in the folder."""
    page, foreign = browser.new_page(), list[str]()
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:", "blob:")) else foreign.append(request.url),
    )
    page.set_default_timeout(LIMIT)
    yield page, foreign
    page.close()


def test_no_page_names_anything_foreign_to_load(folder: Path) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) > 20
    loaded = {found for page in pages for pair in LOADED.findall(page.read_text(encoding="utf-8")) for found in pair}
    assert {address for address in loaded if "//" in address} == set()
    assert "iframe-worker.js" in loaded


def test_diagrams_are_drawn_and_nothing_is_asked_of_others(folder: Path, reader: tuple[Page, list[str]]) -> None:
    page, foreign = reader
    page.goto(f"file://{folder}/docs/diagrams.html")
    expect(page.locator("pre.mermaid")).to_have_count(0, timeout=LIMIT)  # each was taken away for its picture
    assert page.locator("div.mermaid").count() >= 12
    assert foreign == []


def test_it_is_searched_without_a_server(folder: Path, reader: tuple[Page, list[str]]) -> None:
    page, foreign = reader
    page.goto(f"file://{folder}/index.html")
    box = page.locator("input:visible")

    def is_open() -> bool:
        """The key is heard once the page's script is there."""
        page.keyboard.press("/")
        return box.count() > 0

    wait_for(is_open, LIMIT / 1000)
    box.first.fill("charged twice")
    expect(page.get_by_role("option", name=re.compile("charged twice")).first).to_be_visible(timeout=LIMIT)
    assert foreign == []
