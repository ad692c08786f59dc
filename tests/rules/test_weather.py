"""What the weather is, by what the last sessions of all shoppers met at the gateway."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from smartcart.rules import weather
from smartcart.rules.outcomes import Interruption
from smartcart.rules.weather import HANGS, Met, Reading, Tried, Weather

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def sessions(met: Met, number: int, shoppers: int = 100, name: str = "") -> list[Tried]:
    return [Tried(f"{name}{met}{which}", f"shopper {which % shoppers}", met) for which in range(number)]


def after(*tried: list[Tried], before: Weather = Weather.FAIR) -> Weather:
    return weather.weather(weather.reading(chain(*tried)), before)


def test_half_of_the_last_sessions_in_silence_is_out() -> None:
    assert after(sessions(Met.SILENCE, 6), sessions(Met.ANSWER, 6)) is Weather.OUT
    assert after(sessions(Met.SILENCE, 6), sessions(Met.ANSWER, 7)) is not Weather.OUT


def test_four_sessions_are_no_weather() -> None:
    assert after(sessions(Met.SILENCE, 4)) is Weather.FAIR
    assert after(sessions(Met.SILENCE, 5)) is Weather.OUT


def test_two_shoppers_make_no_weather_however_often_they_try() -> None:
    assert after(sessions(Met.SILENCE, 20, shoppers=2)) is Weather.FAIR
    assert after(sessions(Met.HANGS, 20, shoppers=2)) is Weather.FAIR


def test_one_session_counts_once_and_by_its_newest_attempt() -> None:
    again = [Tried("one", f"shopper {number}", Met.SILENCE) for number in range(20)]
    assert after(again) is Weather.FAIR
    assert weather.reading([Tried("one", "ada", Met.ANSWER), *again]) == Reading(answered=1)


def test_only_the_last_twenty_sessions_tell() -> None:
    assert after(sessions(Met.SILENCE, 10), sessions(Met.ANSWER, 500)) is Weather.OUT
    assert after(sessions(Met.ANSWER, 20), sessions(Met.SILENCE, 500)) is Weather.FAIR


def test_however_many_hang_those_before_them_tell_that_it_is_out() -> None:
    hanging = sessions(Met.HANGS, 100)
    assert after(hanging, sessions(Met.SILENCE, 10), sessions(Met.ANSWER, 100)) is Weather.OUT
    assert after(hanging, sessions(Met.ANSWER, 100)) is Weather.SLOW
    assert after(sessions(Met.ANSWER, 20), hanging) is Weather.FAIR


def test_one_in_four_that_hangs_is_slow_and_stays_so_until_it_is_one_in_ten() -> None:
    hanging = sessions(Met.HANGS, 5)
    assert after(hanging, sessions(Met.ANSWER, 15)) is Weather.SLOW
    assert after(hanging[:4], sessions(Met.ANSWER, 16)) is Weather.FAIR
    assert after(hanging[:4], sessions(Met.ANSWER, 16), before=Weather.SLOW) is Weather.SLOW
    assert after(hanging[:2], sessions(Met.ANSWER, 18), before=Weather.SLOW) is Weather.FAIR
    assert after([], before=Weather.SLOW) is Weather.FAIR


def test_an_outage_is_not_ended_by_what_was_sent_before() -> None:
    assert after(sessions(Met.ANSWER, 20), before=Weather.OUT) is Weather.OUT


@pytest.mark.parametrize("interruption", [Interruption.TIMEOUT, Interruption.NETWORK_ERROR, Interruption.GATEWAY_ERROR])
def test_silence_is_silence_whatever_it_looks_like(interruption: Interruption) -> None:
    assert weather.met(interruption, is_under_way=False, lasts=1.0) is Met.SILENCE


def test_an_answer_is_one_and_what_is_not_known_yet_or_was_our_own_fault_is_nothing() -> None:
    assert weather.met(None, is_under_way=False, lasts=60.0) is Met.ANSWER
    assert weather.met(Interruption.CRASH, is_under_way=False, lasts=60.0) is None
    assert weather.met(None, is_under_way=True, lasts=HANGS - 0.1) is None
    assert weather.met(None, is_under_way=True, lasts=HANGS) is Met.HANGS


def test_who_came_back_too_early_is_believed_half_as_readily_each_time() -> None:
    relapses, needed = 0, []
    for _ in range(8):
        needed.append(weather.answers_needed(relapses))
        relapses = weather.relapses(relapses, NOW, NOW + timedelta(minutes=9))
    assert needed == [3, 6, 12, 24, 48, 96, 96, 96]
    assert weather.relapses(5, NOW, NOW + timedelta(minutes=10)) == 0
    assert weather.relapses(5, None, NOW) == 0
    assert weather.relapses(5, NOW + timedelta(hours=1), NOW) == 0
