"""Who looks for a document finds it: in the index by role and kind, and on the site."""

import re

import pytest

from tests.docs.reading import NAMES, section, text_of

INDEX = "docs/README.md"
LISTED = [name for name in NAMES if re.fullmatch(r"docs/[a-z-]+\.md", name)]


@pytest.mark.parametrize("name", LISTED)
def test_a_document_is_in_the_index_by_role_and_by_kind(name: str) -> None:
    by_role, _, _ = text_of(INDEX).partition("## By kind")
    link = f"({name.removeprefix('docs/')})"
    assert link in by_role
    assert link in section(INDEX, "By kind")


@pytest.mark.parametrize("name", [*LISTED, INDEX, "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_a_document_is_in_the_navigation_of_the_site(name: str) -> None:
    assert f'"{name}"' in text_of("tools/documents/zensical.toml")
