"""What looks like a card's number is found however it is written, and little else is taken for one."""

import uuid
from time import process_time

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


# Of each issuer a prefix, and how many digits its numbers have.
ISSUED = [
    ("4", 16),
    ("4", 19),
    ("51", 16),
    ("2720", 16),
    ("37", 15),
    ("36", 14),
    ("3056", 16),
    ("6011", 16),
    ("65", 19),
    ("3566", 16),
    ("62", 17),
    ("6759", 18),
    ("2204", 16),
    ("60", 16),
    ("9792", 16),
]
# What people write between the digits, and what stands there unseen. No letter and no digit.
BETWEEN = ["", "", "", " ", "-", "   ", ".", "_", " - ", "\u00a0", "\u2011", "\u200b", "·", "/", ", ", "\n"]
OF_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@st.composite
def card_number(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from(ISSUED))
    rest = length - len(prefix) - 1
    return with_check_digit(prefix + draw(st.text("0123456789", min_size=rest, max_size=rest)))


card_numbers = card_number()


@st.composite
def written(draw: st.DrawFn) -> str:
    """A card's number with something between any of its digits, in one of several scripts."""
    number = draw(card_numbers)
    gaps = draw(st.lists(st.sampled_from(BETWEEN), min_size=len(number) - 1, max_size=len(number) - 1))
    text = "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=True))
    return text.translate(draw(st.sampled_from([{}, OF_FULL_WIDTH, ARABIC])))


@given(written(), AROUND, AROUND)
@example("4242 4242 4242 4242", "", " 12/30 123")
@example("4242-4242-4242-4242", "12 ", " 30")
@example("3782 822463 10005", "my card: ", "")
@example("4242.4242.4242.4242", "", "")
@example("4242_4242_4242_4242", "", "")
@example("4242   4242   4242   4242", "", "")
@example("４２４２４２４２４２４２４２４２", "", "")
def test_a_card_number_is_found_wherever_it_stands(number: str, before: str, after: str) -> None:
    assert has_card_number(before + number + after)


# As Stripe and others publish them for tests, of every network.
@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "4000056655665556",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "6011111111111117",
        "3056930009020004",
        "36227206271667",
        "3566002020360505",
        "6200000000000005",
        "6205500000000000004",
        "6555900000604105",
        "6759649826438453",
    ],
)
def test_a_card_of_every_network_is_found(number: str) -> None:
    assert has_card_number(number)


# By the bodies that give out the first two digits.
@given(
    st.sampled_from(["01", "35", "44", "45", "49", "52", "86", "91", "98", "99"]),
    st.text("0123456789", min_size=12, max_size=12),
)
@example("35", "690805612545")
def test_an_imei_is_none(reporting_body: str, serial: str) -> None:
    assert not has_card_number(with_check_digit(reporting_body + serial))


@given(st.text("0123456789", min_size=13, max_size=13))
@example("4006381333931")
def test_an_ean_is_none(digits: str) -> None:
    assert not has_card_number(digits)


@given(st.sampled_from(["0", "1", "7", "80", "85", "90", "95", "66", "68", "20", "28"]), st.data())
def test_a_reference_of_sixteen_digits_that_no_issuer_gives_out_is_none(first: str, data: st.DataObject) -> None:
    rest = 15 - len(first)
    reference = with_check_digit(first + data.draw(st.text("0123456789", min_size=rest, max_size=rest)))
    assert not has_card_number(f"invoice {reference}")


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


@pytest.mark.parametrize("rubbish", ["4-", " 9", "0-", "6011 "])
def test_the_largest_body_of_digits_is_looked_through_in_no_time(rubbish: str) -> None:
    """All of a process stands still meanwhile; to try each of 64 KB of digits as a beginning took 4 s."""
    began = process_time()
    assert not has_card_number(rubbish * (64 * 1024 // len(rubbish)))
    assert process_time() - began < 1.5


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
