"""How much faster an owner's drill goes than the shop, and when the next of each month is due."""

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

import pytest

from smartcart.rules.drills import LONGEST_LIFETIME, LONGEST_TIMEOUT, MONTH, Timing, next_month, quickened

USUAL = Timing(
    payment_timeout=30,
    max_attempts=3,
    retry_delay=2,
    session_lifetime=900,
    cleanup_interval=60,
    reconcile_interval=5,
)
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


def test_the_usual_times_go_thirty_times_as_fast_but_no_faster_than_a_machine_keeps_up() -> None:
    assert quickened(USUAL) == Timing(
        payment_timeout=LONGEST_TIMEOUT,
        max_attempts=3,
        retry_delay=0.2,
        session_lifetime=30,
        cleanup_interval=2,
        reconcile_interval=0.3,
    )


def test_the_number_of_attempts_is_the_shops_own() -> None:
    assert quickened(replace(USUAL, max_attempts=7)).max_attempts == 7


def test_times_that_are_short_stay_as_they_are() -> None:
    short = Timing(
        payment_timeout=0.5,
        max_attempts=3,
        retry_delay=0.1,
        session_lifetime=25,
        cleanup_interval=0.1,
        reconcile_interval=0.1,
    )
    assert quickened(short) == short


@pytest.mark.parametrize("factor", [0.1, 1, 10, 100])
def test_no_time_gets_longer_but_that_in_which_a_busy_machine_must_pay(factor: float) -> None:
    own = Timing(30 * factor, 3, 2 * factor, 900 * factor, 60 * factor, 5 * factor)
    mine = replace(quickened(own), session_lifetime=0)
    assert all(short <= long for short, long in zip(astuple(mine), astuple(own), strict=True))


def test_a_shop_whose_payments_are_open_for_a_week_is_not_waited_for() -> None:
    assert quickened(replace(USUAL, session_lifetime=7 * 86400)).session_lifetime == LONGEST_LIFETIME


def test_the_next_drill_is_a_month_after_the_last_was_due() -> None:
    assert next_month(NOW - timedelta(hours=1), NOW) == NOW - timedelta(hours=1) + MONTH


def test_drills_that_were_missed_are_not_made_up_for() -> None:
    due = NOW - 3 * MONTH
    assert next_month(due, NOW) == NOW + MONTH
