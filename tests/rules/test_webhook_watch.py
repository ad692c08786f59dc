"""Whether the gateway's events still come, by what was paid meanwhile and by how late they were."""

from datetime import UTC, datetime, timedelta

import pytest

from smartcart.rules import webhook_watch
from smartcart.rules.webhook_watch import Seen, Verdict

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ago", "payments", "verdict"),
    [
        (6 * HOUR, 40, Verdict.STOPPED),
        (HOUR, 10, Verdict.STOPPED),
        (HOUR - MINUTE, 1000, Verdict.WELL),
        (100 * HOUR, 9, Verdict.WELL),
    ],
)
def test_they_have_stopped_when_enough_was_paid_without_a_word(ago: timedelta, payments: int, verdict: Verdict) -> None:
    assert webhook_watch.verdict(Seen(NOW - ago, payments, ()), NOW) is verdict


def test_a_shop_that_was_never_told_anything_is_told_so() -> None:
    told = webhook_watch.in_words(Seen(None, 12, ()), NOW)
    assert told == "none has come in the last month, while 12 payments were made"


def test_the_sentence_says_for_how_long_and_how_many() -> None:
    told = webhook_watch.in_words(Seen(NOW - 6 * HOUR, 40, ()), NOW)
    assert told == "none has come for 6 hours, while 40 payments were made"


def test_half_of_the_last_that_were_late_is_late() -> None:
    late, in_time = [6 * MINUTE], [MINUTE]
    assert webhook_watch.verdict(Seen(NOW, 0, late * 5 + in_time * 5), NOW) is Verdict.LATE
    assert webhook_watch.verdict(Seen(NOW, 0, late * 5 + in_time * 6), NOW) is Verdict.WELL
    assert webhook_watch.verdict(Seen(NOW, 0, late * 9), NOW) is Verdict.WELL
    assert webhook_watch.in_words(Seen(NOW, 0, late * 10), NOW) == "10 of the last 10 came more than five minutes late"


def test_it_is_told_once_and_once_when_it_is_well() -> None:
    assert webhook_watch.is_news(is_well=False, told_bad_at=None, told_well_at=None)
    assert not webhook_watch.is_news(is_well=False, told_bad_at=NOW, told_well_at=None)
    assert webhook_watch.is_news(is_well=True, told_bad_at=NOW, told_well_at=None)
    assert not webhook_watch.is_news(is_well=True, told_bad_at=NOW, told_well_at=NOW + HOUR)
    assert webhook_watch.is_news(is_well=False, told_bad_at=NOW, told_well_at=NOW + HOUR)
    assert not webhook_watch.is_news(is_well=True, told_bad_at=None, told_well_at=None)
