"""How long to wait, and what to do when the time has come."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.rules import patience
from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.patience import (
    Duty,
    as_long_again,
    backoff,
    call_deadline,
    check_delay,
    duty,
    is_hopeless,
    needs_a_person,
    questions_at_once,
    retries_by_itself,
    retry_delay,
    was_ahead,
    with_number_given_back,
)
from smartcart.rules.payment_states import State

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
SECONDS = st.floats(min_value=0.001, max_value=3600)
JITTER = st.floats(min_value=0, max_value=1)


def test_retry_delays_double() -> None:
    assert [retry_delay(retries, 2.0, 0.5) for retries in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, 16.0]


@given(retries=st.integers(1, 20), base=SECONDS, jitter=JITTER)
def test_jitter_spreads_a_delay_by_a_quarter_at_most(retries: int, base: float, jitter: float) -> None:
    plain, delay = base * 2 ** (retries - 1), retry_delay(retries, base, jitter)
    assert min(plain * 0.75, patience.LONGEST_RETRY) <= delay <= min(plain * 1.25, patience.LONGEST_RETRY)


def test_jitter_uses_the_whole_spread() -> None:
    assert (retry_delay(1, 2.0, 0.0), retry_delay(1, 2.0, 1.0)) == (1.5, 2.5)


@given(retries=st.integers(1, 1000), base=SECONDS, jitter=JITTER)
def test_no_retry_waits_longer_than_five_minutes(retries: int, base: float, jitter: float) -> None:
    assert 0 < retry_delay(retries, base, jitter) <= 300


@pytest.mark.parametrize("kind", OutcomeKind)
def test_only_a_network_error_that_charged_nothing_is_retried_unasked(kind: OutcomeKind) -> None:
    assert retries_by_itself(Outcome(kind), 1, 0) is (kind is OutcomeKind.UNREACHABLE)


def test_nothing_is_retried_when_the_attempts_are_used_up() -> None:
    assert not retries_by_itself(Outcome(OutcomeKind.UNREACHABLE), 0, 0)


def test_nothing_is_retried_unasked_more_than_three_times_in_a_row() -> None:
    assert [retries_by_itself(Outcome(OutcomeKind.UNREACHABLE), 9, retries) for retries in range(5)] == [
        *[True] * 3,
        *[False] * 2,
    ]


def test_a_number_is_given_back_until_there_were_twelve() -> None:
    assert [with_number_given_back(count) for count in (1, 3, 11, 12, 20)] == [2, 4, 12, 12, 20]


def test_questions_come_at_doubling_intervals_after_a_first_quick_one() -> None:
    assert [check_delay(looks, 5.0) for looks in range(6)] == [2.0, 5.0, 10.0, 20.0, 40.0, 80.0]


def test_a_short_interval_shortens_the_first_question_too() -> None:
    assert check_delay(0, 0.1) == 0.1


@given(looks=st.integers(0, 10**9), interval=SECONDS)
def test_questions_never_stop_and_never_come_rarer_than_every_ten_minutes(looks: int, interval: float) -> None:
    assert 0 < check_delay(looks, interval) <= 600


@given(looks=st.integers(0, 50), interval=SECONDS)
def test_a_question_never_comes_sooner_than_the_one_before_did(looks: int, interval: float) -> None:
    assert check_delay(looks, interval) <= check_delay(looks + 1, interval)


@pytest.mark.parametrize("jitter", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("tries", range(1, 40))
def test_a_wait_doubles_up_to_the_longest_and_jitter_takes_up_to_a_quarter_away(tries: int, jitter: float) -> None:
    plain = min(5.0 * 2 ** (tries - 1), 600.0)
    assert backoff(tries, 5.0, 600.0, jitter) == pytest.approx(plain * (1 - jitter / 4))


def test_what_failed_together_for_long_does_not_come_back_together() -> None:
    assert len({backoff(10**9, 5.0, 600.0, jitter / 10) for jitter in range(11)}) == 11


@pytest.mark.parametrize(
    ("waited", "wait"), [(-300, 1), (0, 1), (0.5, 1), (2, 2), (3600, 3600), (86_400, 86_400), (86_401, 86_400)]
)
def test_what_was_wanted_for_so_long_waits_as_long_again(waited: float, wait: float) -> None:
    assert as_long_again(NOW - timedelta(seconds=waited), NOW) == wait


@pytest.mark.parametrize(("waited", "hopeless"), [(0, False), (86_399, False), (86_400, True), (10**7, True)])
def test_what_waits_for_something_to_come_is_given_up_after_a_day(waited: int, hopeless: bool) -> None:
    assert is_hopeless(NOW - timedelta(seconds=waited), NOW) is hopeless


@pytest.mark.parametrize(("ahead", "was"), [(-86_400, False), (0, False), (1, False), (1.001, True), (300, True)])
def test_what_was_written_in_a_time_to_come_was_written_by_a_clock_that_was_ahead(ahead: float, was: bool) -> None:
    assert was_ahead(NOW + timedelta(seconds=ahead), NOW) is was
    assert not was_ahead(None, NOW)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("looks", "enough"), [(0, False), (9, False), (10, True), (11, True)])
def test_after_ten_questions_a_person_is_needed_unless_the_shopper_is_at_the_bank(
    state: State, looks: int, enough: bool
) -> None:
    assert needs_a_person(state, looks) is (enough and state is not State.ACTION_REQUIRED)


def test_with_the_default_interval_a_person_is_called_after_about_half_an_hour() -> None:
    seconds = sum(check_delay(looks, 5.0) for looks in range(patience.LOOKS_BEFORE_A_PERSON))
    assert seconds / 60 == pytest.approx(30, abs=2)


def test_a_call_is_given_up_a_moment_after_its_own_timeout() -> None:
    assert call_deadline(NOW, 30.0) == NOW + timedelta(seconds=31)


def test_time_can_be_extended_ten_times_and_its_end_is_warned_of_a_minute_before() -> None:
    assert patience.MAX_EXTENSIONS >= 10
    assert patience.WARN_BEFORE >= 60


@pytest.mark.parametrize(("left", "gains"), [(900, False), (899, False), (811, False), (810, True), (100, True)])
def test_more_time_is_a_whole_lifetime_from_now_or_costs_nothing(left: int, gains: bool) -> None:
    end = patience.extended_end(NOW + timedelta(seconds=left), NOW, 900.0)
    assert end == (NOW + timedelta(seconds=900) if gains else None)


FLAGS = list(product([False, True], [None, PAST, NOW, FUTURE], [PAST, NOW, FUTURE]))


def _expected(state: State, cancelling: bool, retry_at: datetime | None, expires_at: datetime) -> Duty:
    """The duties as the design tells them, in a table of its own."""
    over = expires_at <= NOW
    rest = Duty.CANCEL if cancelling else Duty.EXPIRE if over else Duty.NONE
    may_retry = rest is Duty.NONE and retry_at in (PAST, NOW)
    return {
        State.CREATED: rest,
        State.PROCESSING: Duty.DECLARE_UNANSWERED,
        State.ACTION_REQUIRED: Duty.ABANDON if cancelling or over else Duty.ASK,
        State.CHECKING: Duty.ASK,
        State.AUTHORIZED: Duty.CANCEL if cancelling else Duty.WAIT_FOR_OWNER,
        State.INTERRUPTED: Duty.RETRY if may_retry else Duty.ASK_AGAIN if rest is Duty.NONE and not retry_at else rest,
    }.get(state, Duty.NONE)


@pytest.mark.parametrize("state", State)
def test_the_duty_of_every_state_with_every_flag(state: State) -> None:
    for cancelling, retry_at, expires_at in FLAGS:
        found = duty(state, cancelling, retry_at, expires_at, NOW)
        expected = _expected(state, cancelling, retry_at, expires_at)
        assert found is expected, (state, cancelling, retry_at, expires_at)


@pytest.mark.parametrize(
    ("answered_at", "is_of_now"),
    [
        (None, False),
        (NOW, True),
        (FUTURE, True),
        (NOW - timedelta(seconds=30), True),
        (NOW - timedelta(seconds=31), False),
    ],
)
def test_who_comes_back_waits_for_an_answer_of_the_last_half_minute(
    answered_at: datetime | None, is_of_now: bool
) -> None:
    assert patience.is_answer_of_now(answered_at, NOW) is is_of_now


@given(so_far=st.floats(2, 13), answered=st.booleans())
def test_as_many_questions_as_are_answered_and_never_none_nor_more_than_there_may_be(
    so_far: float, answered: bool
) -> None:
    after = questions_at_once(so_far, answered, 2, 13)
    assert 2 <= after <= 13
    assert after >= so_far if answered else after <= so_far


def test_a_silence_costs_half_of_the_questions_and_an_answer_brings_its_part_of_one() -> None:
    assert questions_at_once(8, answered=False, fewest=2, most=13) == 4
    assert questions_at_once(8, answered=True, fewest=2, most=13) == 8.125


def test_letters_give_way_to_people_in_line_and_come_one_at_a_time_where_there_is_always_one() -> None:
    lasting = patience.LETTERS_GIVE_WAY
    assert patience.room_beside_a_line(8, 0, None) == 8
    assert patience.room_beside_a_line(8, 0, lasting / 2) == 0
    assert patience.room_beside_a_line(8, 0, lasting) == 1
    assert patience.room_beside_a_line(6, 2, lasting) == 0
