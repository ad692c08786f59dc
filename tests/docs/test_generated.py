"""What is made from the code in documents is what the code says now. `make documents` writes it."""

from pathlib import Path

import pytest

from smartcart.config import PREFIX, Settings
from tests.docs.reading import ROOT, rows, section, word
from tools.documents.generated import MARKED, WHOLE, written_documents
from tools.documents.settings import MEANINGS

DOCUMENTS = written_documents()


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_a_document_says_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path], "make documents writes it anew"


def test_every_document_that_is_made_is_compared() -> None:
    assert {ROOT / path for path in WHOLE} | {ROOT / path for path, _ in MARKED} == set(DOCUMENTS)


def test_the_reference_explains_every_setting_and_no_other() -> None:
    told = [word(row[0]) for row in rows(section("docs/reference.md", "Settings"))]
    assert sorted(told) == sorted(PREFIX + setting.upper() for setting in Settings.model_fields)
    assert MEANINGS.keys() == Settings.model_fields.keys()
