"""When the owner is written to: at once, but never a letter for each event of a storm; or once a day."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from smartcart.rules.owner_letters import QUIET, STILL_OUT, SUBJECTS, Subject, Way, is_time, news_of_gateway
from smartcart.rules.verdicts import Verdict

ZONE = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def letters(
    way: Way, events: list[datetime], until: datetime, step: timedelta, zone: ZoneInfo = ZONE
) -> list[datetime]:
    """When letters go, of one kind, if somebody looks at every step; what they tell is told by then."""
    sent: list[datetime] = []
    told, now = 0, min(events)
    while now <= until:
        waiting = [event for event in events[told:] if event <= now]
        if waiting and is_time(way, waiting[0], sent[-1] if sent else None, now, zone):
            sent.append(now)
            told += len(waiting)
        now += step
    assert told == len(events), "something was never told"
    return sent


def test_the_first_is_told_at_once() -> None:
    assert letters("at-once", [NOON], NOON, SECOND) == [NOON]


def test_what_comes_within_the_hour_is_told_together_when_it_is_over() -> None:
    events = [NOON + timedelta(minutes=minutes) for minutes in range(60)]
    assert letters("at-once", events, NOON + DAY, timedelta(minutes=1)) == [NOON, NOON + QUIET]


def test_what_comes_after_a_quiet_hour_is_told_at_once_again() -> None:
    later = NOON + QUIET + timedelta(minutes=20)
    assert letters("at-once", [NOON, later], later, timedelta(minutes=1)) == [NOON, later]


@pytest.mark.parametrize("minutes", [1, 7, 59, 60, 61])
def test_however_long_a_storm_lasts_it_is_one_letter_an_hour(minutes: int) -> None:
    events = [NOON + timedelta(minutes=minutes) * number for number in range(48 * 60 // minutes)]
    sent = letters("at-once", events, NOON + 3 * DAY, timedelta(minutes=1))
    assert all(after - before >= QUIET for before, after in pairwise(sent))


@pytest.mark.parametrize("last_letter_at", [NOON + SECOND, NOON + DAY])
def test_a_letter_of_a_wrong_clock_keeps_nothing_quiet(last_letter_at: datetime) -> None:
    assert is_time("at-once", NOON, last_letter_at, NOON, ZONE)


@pytest.mark.parametrize(
    ("zone", "day", "eight"),
    [
        ("Europe/Berlin", datetime(2026, 11, 22, tzinfo=UTC), 7),
        ("Europe/Berlin", datetime(2026, 7, 1, tzinfo=UTC), 6),
        ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC), 7),  # it has 25 hours
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC), 6),  # and this 23
        ("Pacific/Kiritimati", datetime(2026, 11, 22, tzinfo=UTC), 18),
        ("America/New_York", datetime(2026, 11, 22, tzinfo=UTC), 13),
    ],
)
def test_a_digest_comes_at_eight_in_the_shop(zone: str, day: datetime, eight: int) -> None:
    at_eight = day + timedelta(hours=eight)
    events = [at_eight - timedelta(minutes=minutes) for minutes in (90, 5)]
    assert letters("daily", events, at_eight + DAY, timedelta(minutes=5), ZoneInfo(zone)) == [at_eight]


def test_a_storm_is_one_digest_a_day_also_when_nobody_looked_for_hours() -> None:
    events = [NOON + timedelta(minutes=10 * number) for number in range(3 * 144)]
    sent = letters("daily", events, NOON + 4 * DAY, timedelta(hours=5))
    assert len(sent) == len({(moment - timedelta(hours=7)).date() for moment in sent}) == 3 + 1


def test_a_notice_of_a_wrong_clock_waits_for_nothing() -> None:
    assert is_time("daily", NOON + DAY, None, NOON, ZONE)


def test_it_is_decided_of_each_finding_whether_it_is_told() -> None:
    assert set(SUBJECTS) == set(Verdict)
    assert [verdict for verdict, subject in SUBJECTS.items() if subject is None] == [Verdict.REFUNDED_ELSEWHERE]


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("silent", "answers", "told_out", "told_back", "news"),
    [
        (None, None, None, None, None),  # it was asked nothing yet
        (None, 90, None, None, None),  # it has always answered
        (0.5, None, None, None, None),  # it stumbles
        (1, None, None, None, Subject.GATEWAY_OUT),
        (5, None, 4, None, None),  # that is told
        (400, None, 361, None, Subject.GATEWAY_OUT),  # it lasts
        (400, None, 359, None, None),
        (5, None, 90, 80, Subject.GATEWAY_OUT),  # the next one
        (None, 1, 4, None, Subject.GATEWAY_BACK),
        (None, 2, 4, 1, None),  # that is told
        (None, 90, 4, None, None),  # with another process, which has not said so
        (None, 1, 400, None, Subject.GATEWAY_BACK),
        (None, 1, 90, 95, Subject.GATEWAY_BACK),  # it was told out once more since
        (None, None, 4, None, None),  # a shop that was started since, and has not asked
    ],
)
def test_an_outage_is_told_once_it_lasts_and_once_it_is_over(
    silent: float | None, answers: float | None, told_out: float | None, told_back: float | None, news: Subject | None
) -> None:
    """Moments are minutes ago."""
    assert STILL_OUT == 360 * MINUTE
    moments = [None if each is None else NOON - each * MINUTE for each in (silent, answers, told_out, told_back)]
    assert news_of_gateway(*moments, NOON) is news
