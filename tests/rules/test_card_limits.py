"""How often a card that was declined may be tried again, by the card schemes' own limits."""

from datetime import UTC, datetime, timedelta

from smartcart.rules.card_limits import DAY, IN_A_DAY, IN_A_MONTH, MONTH, Decline, refused_by_scheme

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def declines(number: int, ago: timedelta, for_good: bool = False) -> list[Decline]:
    return [Decline(NOW - ago, for_good)] * number


def test_a_card_that_its_bank_will_never_approve_is_not_tried_again() -> None:
    assert "never approve" in refused_by_scheme(declines(1, timedelta(days=29), for_good=True), NOW)
    assert not refused_by_scheme(declines(1, MONTH, for_good=True), NOW)


def test_ten_in_a_day_are_the_most() -> None:
    assert "24 hours" in refused_by_scheme(declines(IN_A_DAY, timedelta(hours=23)), NOW)
    assert not refused_by_scheme(declines(IN_A_DAY - 1, timedelta(hours=23)), NOW)
    assert not refused_by_scheme(declines(IN_A_DAY, DAY), NOW)


def test_fifteen_in_thirty_days_are_the_most() -> None:
    assert "30 days" in refused_by_scheme(declines(IN_A_MONTH, timedelta(days=29)), NOW)
    assert not refused_by_scheme(declines(IN_A_MONTH - 1, timedelta(days=29)), NOW)
    assert not refused_by_scheme(declines(IN_A_MONTH, MONTH), NOW)
