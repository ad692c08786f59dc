"""The tax that is in prices, by rate."""

from fractions import Fraction
from math import floor
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.rules import tax


class Line(NamedTuple):
    total: int
    tax_rate: int


LINES = st.lists(
    st.builds(Line, st.integers(1, 10**12), st.sampled_from([0, 225, 700, 810, 1900, 2550])), min_size=1, max_size=6
)


@pytest.mark.parametrize(
    ("gross", "rate", "included"),
    [(11900, 1900, 1900), (2400, 1900, 383), (1, 1900, 0), (107, 700, 7), (3, 10000, 2), (1081, 810, 81), (4200, 0, 0)],
)
def test_what_is_in_a_sum_is_rounded_to_the_nearest_and_halves_up(gross: int, rate: int, included: int) -> None:
    assert tax.tax_in(gross, rate) == included


@pytest.mark.parametrize("rate", [1, 225, 700, 810, 1900, 2550, 10000])
def test_every_small_sum_is_rounded_as_a_fraction_is(rate: int) -> None:
    for gross in range(3000):
        exact = Fraction(gross * rate, tax.WHOLE + rate)
        assert tax.tax_in(gross, rate) == floor(exact + Fraction(1, 2))


def test_lines_of_a_rate_are_summed_up_before_they_are_rounded() -> None:
    three = [Line(103, 700)] * 3
    assert tax.included(three, 0) == [tax.Included(700, 309, 20)]
    assert 3 * tax.tax_in(103, 700) == 21


def test_what_has_no_rate_is_in_no_sum() -> None:
    assert tax.included([Line(500, 0)], 300) == []


def test_sending_shares_the_rates_of_what_is_sent_by_its_value() -> None:
    found = tax.included([Line(3000, 1900), Line(1000, 700)], 401)
    assert [(part.rate, part.gross) for part in found] == [(1900, 3301), (700, 1100)]


@given(LINES, st.integers(0, 10**9))
def test_the_sums_of_all_rates_are_what_was_charged(lines: list[Line], shipping: int) -> None:
    untaxed = Line(1, 0) in [Line(1, line.tax_rate) for line in lines]
    charged = sum(part.gross for part in tax.included(lines, shipping))
    whole = sum(line.total for line in lines) + shipping
    assert charged <= whole if untaxed else charged == whole


@given(LINES, st.integers(0, 10**9))
def test_the_order_of_the_lines_changes_nothing(lines: list[Line], shipping: int) -> None:
    assert tax.included(lines, shipping) == tax.included(lines[::-1], shipping)


@given(st.integers(0, tax.LARGEST_RATE))
def test_a_rate_is_read_as_it_is_written(rate: int) -> None:
    assert tax.to_rate(tax.to_text(rate)) == rate


@pytest.mark.parametrize(("typed", "rate"), [("", 0), ("19", 1900), ("8,1", 810), ("8.10 %", 810), ("2.25", 225)])
def test_rates_are_written_in_several_ways(typed: str, rate: int) -> None:
    assert tax.to_rate(typed) == rate


@pytest.mark.parametrize("typed", ["x", "-1", "1.234", "101", "1e1", "١", "19 percent", " ", "1,", "a\0b"])
def test_what_is_no_rate_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        tax.to_rate(typed)
