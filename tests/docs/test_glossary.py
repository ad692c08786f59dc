"""The words of the glossary are those of the code."""

from enum import StrEnum

import pytest

from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import MONEY, Money, Move, State
from tests.docs.reading import rows, section, word

GLOSSARY = "docs/glossary.md"


@pytest.mark.parametrize(
    ("heading", "words"),
    [("States", State), ("Money", Money), ("Outcomes", OutcomeKind), ("Interruptions", Interruption), ("Moves", Move)],
)
def test_it_has_each_word_that_is_stored_and_no_other(heading: str, words: type[StrEnum]) -> None:
    assert [word(row[0]) for row in rows(section(GLOSSARY, heading))] == list(words)


def test_it_says_of_each_state_where_the_money_is() -> None:
    said = {word(state): word(money) for state, _, money in rows(section(GLOSSARY, "States"))}
    assert said == MONEY


def test_no_word_is_explained_twice() -> None:
    explained = [row[0] for row in rows(section(GLOSSARY, "Things"))]
    assert len(explained) == len(set(explained))
