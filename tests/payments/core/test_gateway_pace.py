"""How many questions a gateway is asked at once, by how it answers."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from smartcart import clock
from smartcart.payments.core.gateway_pace import GatewayPace, questions_of
from tests.payments.opened import NOW


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    clock.freeze(NOW)
    yield
    clock.freeze(None)


@pytest.fixture
def pace() -> GatewayPace:
    """Of the usual number of threads."""
    return GatewayPace(16)


def fall_silent(pace: GatewayPace) -> None:
    while not pace.is_silent:
        pace.note(answered=False, era=pace.era)


@pytest.mark.parametrize(("threads", "questions"), [(1, 1), (2, 1), (4, 3), (8, 7), (16, 14), (512, 448)])
def test_of_many_threads_an_eighth_is_left_and_there_is_always_one_to_ask(threads: int, questions: int) -> None:
    assert questions_of(threads) == GatewayPace(threads).room == questions


def test_what_is_under_way_takes_room_until_it_is_over(pace: GatewayPace) -> None:
    eras = [pace.begin() for _ in range(14)]
    assert pace.room == 0
    pace.end(eras[0])
    assert pace.room == 1


def test_each_silence_halves_the_questions_down_to_an_eighth_of_the_threads_and_then_it_is_silent(
    pace: GatewayPace,
) -> None:
    seen = []
    for _ in range(4):
        pace.note(answered=False, era=0)
        seen.append((pace.room, pace.is_silent))
    assert seen == [(7, False), (3, False), (2, True), (2, True)]


def test_each_round_of_answers_is_one_question_more_up_to_all_there_may_be(pace: GatewayPace) -> None:
    fall_silent(pace)
    rounds = [pace.room]
    for _ in range(20):
        for _ in range(pace.room):
            pace.note(answered=True, era=pace.era)
        rounds.append(pace.room)
    assert rounds[:3] == [2, 2, 3]
    assert all(0 <= after - before <= 1 for before, after in pairwise(rounds))
    assert rounds[-1] == 14


def test_a_gateway_that_takes_fewer_questions_than_it_is_asked_gets_about_as_many_as_it_takes(
    pace: GatewayPace,
) -> None:
    """It answers six at once, and refuses what is beyond: one question in ten at most is one too many."""
    refused = 0
    for _ in range(200):
        asked = pace.room
        refused += (too_many := max(0, asked - 6))
        for number in range(asked):
            pace.note(answered=number >= too_many, era=pace.era)
        assert pace.room >= 2
    assert refused <= 200 * 6 / 10


def test_with_its_first_answer_it_is_back_and_that_is_said_once(pace: GatewayPace) -> None:
    assert pace.back_at is None
    fall_silent(pace)
    assert [pace.note(answered=True, era=0) for _ in range(3)] == [True, False, False]
    assert (pace.is_silent, pace.back_at, pace.era) == (False, NOW, 1)


def test_a_silence_now_and_then_is_no_outage(pace: GatewayPace) -> None:
    for _ in range(50):
        assert not pace.note(answered=False, era=0)
        for _ in range(20):
            assert not pace.note(answered=True, era=0)
    assert pace.back_at is None


def test_what_hangs_from_before_it_came_back_takes_no_room_and_its_silence_is_no_news(pace: GatewayPace) -> None:
    hanging = [pace.begin() for _ in range(14)]
    fall_silent(pace)
    assert pace.room < 0
    pace.note(answered=True, era=0)
    room = pace.room
    assert room == 2
    for era in hanging:
        pace.note(answered=False, era=era)
        pace.end(era)
    assert (pace.room, pace.is_silent) == (room, False)


def test_an_answer_to_what_was_asked_before_counts(pace: GatewayPace) -> None:
    hanging = pace.begin()
    fall_silent(pace)
    assert pace.note(answered=True, era=hanging)


def test_it_may_come_and_go(pace: GatewayPace) -> None:
    for number in range(1, 4):
        fall_silent(pace)
        clock.freeze(clock.now().replace(minute=number))
        assert pace.note(answered=True, era=pace.era)
        assert (pace.era, pace.back_at) == (number, NOW.replace(minute=number))
