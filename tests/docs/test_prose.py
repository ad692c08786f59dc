"""What people read is spelled right, and keeps to the words of the glossary: documents, pages and letters."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reading import NAMES, ROOT, rows, section, text_of

GLOSSARY = "docs/glossary.md"
# The glossary tells the field's words; the changes and decisions tell of what has been.
FREE = {GLOSSARY, "CHANGELOG.md"}
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
WORDS_OF_PAGES = sorted([*(ROOT / "smartcart/payments/page").glob("*copy.py"), *(ROOT / "smartcart/mail").glob("*.py")])


def avoided() -> list[str]:
    """What the glossary says that we do not say."""
    cells = [row[0] for row in rows(section(GLOSSARY, "Words that we do not use"))]
    return [word.strip() for cell in cells for word in cell.split(",")]


def found_in(prose: str) -> list[str]:
    return [word for word in avoided() if re.search(rf"\b{word}s?\b", prose, re.IGNORECASE)]


def prose_of(name: str) -> str:
    """A document without code, addresses, and what it quotes."""
    text = re.sub(r"^```.*?^```", "", text_of(name), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]+`|\]\([^)]*\)|\"[^\"\n]+\"|https?://\S+", " ", text)


def shown_by(template: Path) -> str:
    """What a page says, without its tags and what fills it in."""
    return re.sub(r"<[^>]*>|{[%{#].*?[#}%]}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_nothing_is_misspelt() -> None:
    codespell = Path(sys.executable).with_name("codespell")
    read = [*NAMES, *map(str, TEMPLATES), *map(str, WORDS_OF_PAGES)]
    done = subprocess.run([codespell, *read], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_word_that_is_misspelt_is_found(tmp_path: Path) -> None:
    codespell = Path(sys.executable).with_name("codespell")
    (tmp_path / "wrong.md").write_text("The payement is recieved.\n")
    done = subprocess.run([codespell, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert "recieved ==> received" in done.stdout


@pytest.mark.parametrize("name", [name for name in NAMES if name not in FREE and "decisions/" not in name])
def test_a_document_keeps_to_the_words_of_the_glossary(name: str) -> None:
    assert found_in(prose_of(name)) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=[str(path.relative_to(ROOT)) for path in TEMPLATES])
def test_a_page_keeps_to_the_words_of_the_glossary(template: Path) -> None:
    assert found_in(shown_by(template)) == []


def test_a_word_that_we_do_not_use_is_found() -> None:
    assert found_in("The customers have a Basket.") == ["customer", "basket"]
