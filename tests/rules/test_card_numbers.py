"""What looks like a card's number is found however it is written, and little else is taken for one."""

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartcart.rules.card_numbers import has_card_number

VISA = "4242424242424242"
AROUND = st.text(st.characters(exclude_categories=("L", "Nd", "Nl", "No"), exclude_characters="+"), max_size=20)


def with_check_digit(digits: str) -> str:
    """The digits with Luhn's check digit behind them, found by trying all ten."""

    def sums_up(number: str) -> bool:
        values = [int(digit) for digit in reversed(number)]
        return (
            sum(value if place % 2 == 0 else (2 * value - 9 * (value > 4)) for place, value in enumerate(values)) % 10
            == 0
        )

    return next(digits + last for last in "0123456789" if sums_up(digits + last))


card_numbers = st.from_regex(r"[2-9][0-9]{11,17}", fullmatch=True).map(with_check_digit)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A card's number with a blank or a dash between any of its digits."""
    number = draw(card_numbers)
    gaps = draw(st.lists(st.sampled_from(["", "", "", " ", "-"]), min_size=len(number) - 1, max_size=len(number) - 1))
    return "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=True))


@given(written(), AROUND, AROUND)
@example("4242 4242 4242 4242", "", " 12/30 123")
@example("4242-4242-4242-4242", "12 ", " 30")
@example("3782 822463 10005", "my card: ", "")
def test_a_card_number_is_found_wherever_it_stands(number: str, before: str, after: str) -> None:
    assert has_card_number(before + number + after)


@given(card_numbers, st.data())
def test_with_one_digit_wrong_it_is_none(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
    assert not has_card_number(number[:place] + wrong + number[place + 1 :])


@given(st.from_regex(r"[0-9]{1,12}|[0-9]{20,40}", fullmatch=True))
def test_fewer_or_more_digits_are_none(digits: str) -> None:
    assert not has_card_number(digits)


@given(st.uuids(version=4))
@example(uuid.UUID("42424242-4242-4242-8242-424242424242"))
def test_a_uuid_is_none(value: uuid.UUID) -> None:
    assert not has_card_number(f"order {value}")


@given(st.integers(10**12, 2 * 10**12 - 1))
def test_a_moment_in_milliseconds_is_none(milliseconds: int) -> None:
    assert not has_card_number(f"{milliseconds}")


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    assert has_card_number(text) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada Lovelace",
        "ctoken_1NnQUf2eZvKYlo2CIObdtbnb",
        f"a{VISA}",
        f"{VISA}f",
        "+4242 4242 4242 4242",
        "SC-1042",
        "4111",
    ],
)
def test_what_only_resembles_one_is_none(text: str) -> None:
    assert not has_card_number(text)
