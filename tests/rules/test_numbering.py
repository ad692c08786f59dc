"""Names of orders: none is given twice, whatever was restored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.rules.numbering import SMALLEST_GAP, name, skipped


def number(order: str) -> int:
    return int(order.removeprefix("SC-"))


def test_the_first_order_does_not_tell_that_it_is_the_first() -> None:
    assert name(1, 0) == "SC-1001"


@pytest.mark.parametrize(
    ("last_id", "last_name", "others", "following"),
    [
        (2, "SC-1002", ["SC-1007"], "SC-1008"),  # the one that was replaced knows
        (2, "SC-1002", ["SC-1007", "SC-1040"], "SC-1041"),  # one that was replaced before, too
        (2, "SC-1002", ["SC-1002"], "SC-1003"),
        (2, "SC-1002", [], "SC-2003"),  # nobody knows
        (2, "SC-1002", ["SC-1001"], "SC-2003"),  # a new shop, made after the old one was lost
        (5000, "SC-6000", [], "SC-11001"),
        (0, "", [], "SC-2001"),
        (0, "", ["SC-1007"], "SC-2008"),
        (2, "SC-3002", ["SC-3009"], "SC-3010"),  # of a shop that has left numbers out before
        (2, "SC-1002", ["4711", ""], "SC-2003"),
    ],
)
def test_after_a_restore_the_next_order_has(last_id: int, last_name: str, others: list[str], following: str) -> None:
    assert name(last_id + 1, skipped(last_id, last_name, others)) == following


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(1, 10**6)))
def test_no_number_comes_again(last_id: int, before: int, since: int, others: list[int]) -> None:
    """Whether the one that was replaced knows of what was given `since`, or it was lost and less than the gap."""
    last = name(last_id, before)
    known = skipped(last_id, last, [name(last_id + since, before), *(name(each, 0) for each in others)])
    assert number(name(last_id + 1, known)) > number(name(last_id + since, before))
    lost = skipped(last_id, last, [])
    assert number(name(last_id + 1, lost)) > number(last) + max(SMALLEST_GAP, last_id)
    assert known >= before
