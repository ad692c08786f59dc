"""An id that this shop has made is looked up; what cannot be one never reaches the database."""

import pytest

from smartcart.ids import is_id, may_be_looked_up, new_id


def test_every_new_id_is_another_and_looks_like_one() -> None:
    made = {new_id() for _ in range(1_000)}
    assert len(made) == 1_000
    assert [each for each in made if not is_id(each)] == []


@pytest.mark.parametrize(
    "text", ["", 31 * "a", 33 * "a", 31 * "a" + "\0", 31 * "a" + "\n", 32 * "a" + "\n", 31 * "a" + "ä"]
)
def test_what_cannot_be_an_id_is_none(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("text", ["\0", "cup\0", "cup\n", "\ud800"])
def test_what_no_database_takes_as_text_is_not_looked_up(text: str) -> None:
    assert not may_be_looked_up(text)


@pytest.mark.parametrize("text", ["cup", "SC-1042", "pm_card.visa", "Tasse für Käthe"])
def test_whatever_people_and_gateways_write_may_be_looked_up(text: str) -> None:
    assert may_be_looked_up(text)
