"""Durations as they are counted, and what is told of many."""

from collections import Counter
from datetime import timedelta
from statistics import quantiles

import pytest

from smartcart.rules.distributions import counted_as, percentile


@pytest.mark.parametrize(
    ("seconds", "tenths"),
    [(-3, 0), (0, 0), (0.04, 0), (0.39, 3), (9.99, 99), (12.99, 120), (99.9, 990), (259, 2500), (86_400, 860_000)],
)
def test_a_duration_is_counted_to_two_digits(seconds: float, tenths: int) -> None:
    assert counted_as(timedelta(seconds=seconds)) == tenths


def test_that_is_never_wrong_by_a_tenth_of_it() -> None:
    for tenths in range(1, 100_000):
        counted = counted_as(timedelta(seconds=tenths / 10))
        assert 0.9 * tenths < counted <= tenths


@pytest.mark.parametrize(("percent", "value"), [(50, 20), (90, 50), (99, 50), (30, 20), (5, 15), (100, 50)])
def test_a_percentile_is_one_of_the_values_by_nearest_rank(percent: int, value: int) -> None:
    # The example of https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method, with 35 and 40 as one more of 20.
    assert percentile({15: 1, 20: 3, 50: 1}, percent) == value


def test_it_lies_between_what_statistics_has_on_either_side() -> None:
    values = [number * number % 977 for number in range(1_000)]
    counts = Counter(values)
    low, high = quantiles(values, n=100, method="inclusive"), quantiles(values, n=100)
    for percent in (50, 90, 99):
        found = percentile(counts, percent)
        assert found in values
        assert abs((found or 0) - (low[percent - 1] + high[percent - 1]) / 2) < 10


def test_of_nothing_there_is_none() -> None:
    assert percentile({}, 50) is None
