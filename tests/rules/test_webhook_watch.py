"""Whether the gateway's events still come, by who knew first of the last payments."""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart.rules import webhook_watch
from smartcart.rules.webhook_watch import LOOKED_AT, Paid, Verdict

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def untold(number: int, ago: timedelta = HOUR) -> list[Paid]:
    """Payments that asking found, and no event has told of."""
    return [Paid(NOW - ago, by_event=False, told_at=None)] * number


def told(number: int, ago: timedelta, late: timedelta = MINUTE, by_event: bool = False) -> list[Paid]:
    """Payments of which an event told so long ago, which was `late`."""
    return [Paid(NOW - ago - late, by_event, NOW - ago)] * number


@pytest.mark.parametrize(
    ("ago", "payments", "verdict"),
    [
        (6 * HOUR, 40, Verdict.STOPPED),
        (HOUR, 10, Verdict.STOPPED),
        (HOUR - MINUTE, 100, Verdict.WELL),
        (100 * HOUR, 9, Verdict.WELL),
    ],
)
def test_they_have_stopped_when_enough_was_paid_without_a_word(ago: timedelta, payments: int, verdict: Verdict) -> None:
    assert webhook_watch.verdict([*untold(payments), *told(1, ago)], NOW) is verdict


def test_what_is_told_of_the_newest_payment_shows_that_they_come() -> None:
    assert webhook_watch.verdict([*told(1, 2 * HOUR), *untold(40, 6 * HOUR)], NOW) is Verdict.WELL


def test_a_shop_that_was_never_told_anything_is_told_so() -> None:
    words = webhook_watch.in_words([*untold(11), *untold(1, 3 * HOUR)], NOW)
    assert words == "none has come for 3 hours about any payment, while asking found 12 that were made"
    assert webhook_watch.verdict(untold(40, HOUR - MINUTE), NOW) is Verdict.WELL
    assert webhook_watch.verdict([], NOW) is Verdict.WELL


def test_the_sentence_says_for_how_long_and_how_many() -> None:
    words = webhook_watch.in_words([*untold(40), *told(1, 6 * HOUR)], NOW)
    assert words == "none has come for 6 hours about any payment, while asking found 40 that were made"
    words = webhook_watch.in_words(untold(LOOKED_AT), NOW)
    assert words == "none has come for 1 hour about any payment, while asking found at least 200 that were made"


def test_half_of_the_last_that_were_late_is_late() -> None:
    late, in_time = told(1, MINUTE, 6 * MINUTE), told(1, MINUTE)
    assert webhook_watch.verdict(late * 5 + in_time * 5, NOW) is Verdict.LATE
    assert webhook_watch.verdict(late * 5 + in_time * 6, NOW) is Verdict.WELL
    assert webhook_watch.verdict(late * 9, NOW) is Verdict.WELL
    assert webhook_watch.verdict(in_time * 20 + late * 100, NOW) is Verdict.WELL
    words = webhook_watch.in_words(late * 10, NOW)
    assert words == "10 of the last 10 came more than five minutes after asking had found the payment"


def test_who_knew_first_is_counted() -> None:
    newest_first = [*told(3, MINUTE, by_event=True), *told(10, MINUTE), *untold(100)]
    words = webhook_watch.who_was_first(newest_first)
    assert words == "of the last 20 payments a message of the gateway was first to tell of 3, and asking of 17"
    assert webhook_watch.who_was_first([]) == ""


def test_it_is_told_once_and_once_when_it_is_well() -> None:
    assert webhook_watch.is_news(is_well=False, told_bad_at=None, told_well_at=None)
    assert not webhook_watch.is_news(is_well=False, told_bad_at=NOW, told_well_at=None)
    assert webhook_watch.is_news(is_well=True, told_bad_at=NOW, told_well_at=None)
    assert not webhook_watch.is_news(is_well=True, told_bad_at=NOW, told_well_at=NOW + HOUR)
    assert webhook_watch.is_news(is_well=False, told_bad_at=NOW, told_well_at=NOW + HOUR)
    assert not webhook_watch.is_news(is_well=True, told_bad_at=None, told_well_at=None)
