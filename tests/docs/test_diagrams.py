"""Every diagram of the documents is drawn by Mermaid, in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.docs.reading import NAMES, ROOT, text_of

MERMAID = ROOT / "tools/mermaid/node_modules/mermaid/dist/mermaid.min.js"
FEWEST = 12

# Returns what Mermaid says is wrong with a diagram, or "" for one that it has drawn with words in it.
DRAW = """async ([name, text]) => {
  try {
    const { svg } = await mermaid.render(name, text);
    document.body.innerHTML = svg;
    return document.body.textContent.trim() ? "" : "it is empty";
  } catch (error) {
    return String(error.message ?? error);
  }
}"""


def diagrams() -> list[tuple[str, str]]:
    """The document, and the text of the diagram."""
    drawn = re.compile(r"^```mermaid\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(name, text) for name in NAMES for text in drawn.findall(text_of(name))]


@pytest.fixture(scope="module")
def easel(browser: Browser) -> Iterator[Page]:
    """A page on which Mermaid is loaded; it reaches for nothing else."""
    assert MERMAID.exists(), "tools/fetch-mermaid fetches it, as make test does"
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content("<body></body>")
    page.add_script_tag(path=MERMAID)
    page.evaluate("mermaid.initialize({startOnLoad: false})")
    yield page
    page.close()


def test_every_diagram_is_drawn(easel: Page) -> None:
    wrong = {
        f"{name}, {number}": problem
        for number, (name, text) in enumerate(diagrams())
        if (problem := easel.evaluate(DRAW, [f"diagram{number}", text]))
    }
    assert wrong == {}


def test_what_is_no_diagram_is_not_drawn(easel: Page) -> None:
    assert easel.evaluate(DRAW, ["wrong", "sequenceDiagram\n  A->>: nothing\n"])


def test_there_are_diagrams_enough_for_each_kind_of_interruption() -> None:
    assert len(diagrams()) >= FEWEST
    told = text_of("docs/diagrams.md").lower()
    for word in ("timeout", "lost reply", "crash", "out of reach", "cancelling", "reconciler", "set aside", "weather"):
        assert f"## {word}" in told or f"{word}" in told, word
