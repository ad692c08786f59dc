"""The token of a link to a payment: how it is written, read back, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.ids import PATTERN
from smartcart.rules import recovery_links
from smartcart.rules.recovery_links import GOOD_FOR, LENGTH, NoToken, NotWhole

MADE_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SESSION, SIGNATURE = "s" * 32, "A" * 22
TOKEN = recovery_links.token(SESSION, MADE_AT, SIGNATURE)

ids = st.from_regex(PATTERN, fullmatch=True)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@given(ids, moments)
def test_what_was_written_is_read_to_the_second(session: str, made_at: datetime) -> None:
    read = recovery_links.read(recovery_links.token(session, made_at, SIGNATURE))
    assert read == (session[:6], made_at.replace(microsecond=0), SIGNATURE)


@given(ids, moments)
def test_the_second_that_is_read_is_the_one_that_was_signed(session: str, made_at: datetime) -> None:
    read = recovery_links.read(recovery_links.token(session, made_at, SIGNATURE))
    assert recovery_links.signed(session, read.made_at) == recovery_links.signed(session, made_at)


def test_it_is_short_and_does_not_have_what_opens_the_payment_page() -> None:
    assert len(TOKEN) == LENGTH == 34
    assert TOKEN.startswith("s" * 6)
    assert "s" * 7 not in TOKEN


@pytest.mark.parametrize("length", [0, 1, 6, 12, 33])
def test_one_without_its_end_is_not_whole(length: int) -> None:
    with pytest.raises(NotWhole):
        recovery_links.read(TOKEN[:length])


@pytest.mark.parametrize(
    "text", [TOKEN + "x", TOKEN + "=", TOKEN[:-1] + "ä", TOKEN[:-1] + "/", TOKEN[:-1] + "%", "x" * 40]
)
def test_what_cannot_be_one_is_none(text: str) -> None:
    with pytest.raises(NoToken):
        recovery_links.read(text)


@pytest.mark.parametrize("behind", [".", ",", ">", ").", '"', "**"])
def test_what_a_mail_program_takes_along_behind_it_does_no_harm(behind: str) -> None:
    assert recovery_links.read(TOKEN + behind) == recovery_links.read(TOKEN)


@pytest.mark.parametrize(
    ("age", "is_over"),
    [
        (timedelta(0), False),
        (GOOD_FOR, False),
        (GOOD_FOR + timedelta(seconds=1), True),
        (timedelta(days=-1), False),  # by a clock that was ahead
    ],
)
def test_it_is_good_for_seven_days(age: timedelta, is_over: bool) -> None:
    assert timedelta(days=7) == GOOD_FOR
    assert recovery_links.is_over(MADE_AT, MADE_AT + age) is is_over
