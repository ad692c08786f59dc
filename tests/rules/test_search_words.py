"""By which words an order is found, and which may have been meant."""

import pytest

from smartcart.rules import search_words
from smartcart.rules.search_words import near, of_order, order_number, wanted


def test_an_order_is_found_by_its_name_its_address_and_what_is_before_the_at() -> None:
    assert of_order("Ada  King-Noel", "Ada.L+shop@Example.org") == {
        "ada",
        "king",
        "noel",
        "shop",
        "ada.l+shop@example.org",
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoë", "ZOE"), ("Straße", "strasse"), ("Łódź", "lodz"), ("Søren", "soren"), ("ﬁne", "fine"), ("Ἑλένη", "ελενη")],
)
def test_capitals_and_marks_make_no_difference(one: str, other: str) -> None:
    assert search_words.folded(one) == search_words.folded(other)


def test_what_is_looked_for_is_each_word_once_and_an_address_whole() -> None:
    assert wanted(" Ada ada, (Lovelace) a.l@example.org x") == ["ada", "lovelace", "a.l@example.org"]
    assert wanted("\0 . ") == []


@pytest.mark.parametrize("typed", ["lovlace", "lovellace", "lovelage", "lvoelace", "ovelace", "lovelaces", "lovelac"])
def test_one_mistake_is_near(typed: str) -> None:
    assert "lovelace" in near(typed)


@pytest.mark.parametrize("typed", ["lovelace", "lovace", "evolelac", "loveless"])
def test_none_and_two_are_not(typed: str) -> None:
    assert "lovelace" not in near(typed)


def test_other_alphabets_have_letters_of_their_own() -> None:
    assert "толстой" in near("толстои")
    assert "толстой" in near("тостой")


def test_short_words_are_typed_right_and_long_ones_have_no_end_of_neighbours() -> None:
    assert near("li") == near("x" * 41) == set()
    assert len(near("x" * 20 + "@" + "y" * 19)) < 4_000


@pytest.mark.parametrize("typed", ["SC-1042", "sc 1042", "#1042", " 1042 ", "SC1042"])
def test_an_order_s_number_is_known_however_it_is_written(typed: str) -> None:
    assert order_number(typed) == "1042"


@pytest.mark.parametrize("typed", ["", "SC", "10 42", "1042x", "١٠", "9" * 18, "\0"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert order_number(typed) == ""
