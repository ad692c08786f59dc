"""The pictures of the documents: few, small, at two widths, and each is shown."""

import re

import pytest
from PIL import Image

from tests.docs.reading import NAMES, ROOT, text_of
from tools.documents.screenshots import FOLDER, TALLEST, VISITS, WIDTHS

# Who clones the shop, or reads the site on a bad network, carries all of them.
MOST_BYTES = 2_000_000


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", VISITS)
def test_each_visit_has_its_picture_at_each_width(name: str, width: int) -> None:
    with Image.open(FOLDER / f"{name}-{width}.png") as picture:
        assert picture.width == width
        assert 0 < picture.height <= TALLEST


def test_there_is_no_picture_but_those_that_make_screenshots_takes() -> None:
    taken = {f"{name}-{width}.png" for name in VISITS for width in WIDTHS}
    assert {path.name for path in FOLDER.iterdir()} == taken


def test_all_together_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


def test_each_is_shown_in_a_document_and_says_in_words_what_it_is() -> None:
    shown = dict(found[::-1] for name in NAMES for found in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text_of(name)))
    pictures = {path.rpartition("/")[2]: words for path, words in shown.items() if "screenshots/" in path}
    assert pictures.keys() == {path.name for path in FOLDER.iterdir()}
    assert all(pictures.values())


def test_what_the_documents_show_lies_where_they_say() -> None:
    for name in NAMES:
        for path in re.findall(r"!\[[^\]]*\]\(([^):]+)\)", text_of(name)):
            assert (ROOT / name).parent.joinpath(path).is_file(), f"{name}: {path}"
