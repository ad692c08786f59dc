"""Presses are counted for as long as a limit says, and then forgotten, by those who press."""

import threading
from types import SimpleNamespace

import pytest

from smartcart.web import act_counts
from smartcart.web.act_counts import CLEARING, ActCounts

MINUTE = 60


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Its `seconds` are the time."""
    clock = SimpleNamespace(seconds=1_000_000.0)
    monkeypatch.setattr(act_counts, "time", SimpleNamespace(time=lambda: clock.seconds))
    return clock


def test_presses_are_counted_each_shopper_apart(now: SimpleNamespace) -> None:
    counts = ActCounts()
    assert [counts.incr(name, MINUTE) for name in ("ada", "bob", "ada")] == [1, 1, 2]


def test_a_count_begins_anew_when_its_time_is_over(now: SimpleNamespace) -> None:
    counts = ActCounts()
    counts.incr("ada", MINUTE)
    now.seconds += MINUTE - 1
    assert counts.incr("ada", MINUTE) == 2
    now.seconds += 1
    assert counts.incr("ada", MINUTE) == 1


def test_what_is_over_is_forgotten_when_somebody_else_presses(now: SimpleNamespace) -> None:
    counts = ActCounts()
    counts.incr("ada", MINUTE)
    now.seconds += MINUTE + CLEARING
    counts.incr("bob", MINUTE)
    assert list(counts.expirations) == ["bob"]


def test_a_clock_that_was_set_back_keeps_nothing_for_good(now: SimpleNamespace) -> None:
    counts = ActCounts()
    now.seconds -= 10 * CLEARING
    counts.incr("ada", MINUTE)
    now.seconds += MINUTE + CLEARING
    counts.incr("bob", MINUTE)
    assert list(counts.expirations) == ["bob"]


def test_a_press_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ActCounts()
    counts.timer.join()  # limits' own starts one when it is made
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    counts.incr("ada", MINUTE)
    assert started == []
