"""What each word of a bank or a network means for another try with the same card."""

from datetime import timedelta

import pytest

from smartcart.rules.declines import CORRECT, LATER, NEVER, advised


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "pickup_card", "invalid_account", "stop_payment_order"])
def test_what_visa_calls_category_1_is_never_tried_again(code: str) -> None:
    assert advised(code) is NEVER


@pytest.mark.parametrize("code", ["03", "21"])
@pytest.mark.parametrize("brand", ["mastercard", "visa", ""])
def test_nor_is_what_a_network_says_is_over(code: str, brand: str) -> None:
    assert advised("generic_decline", "try_again_later", code, brand) is NEVER


def test_the_strictest_word_counts() -> None:
    assert advised("stolen_card", "try_again_later") is NEVER
    assert advised("generic_decline", "do_not_try_again", "24", "mastercard") is NEVER


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        ("02", timedelta(hours=72)),
        ("24", timedelta(hours=1)),
        ("25", timedelta(days=1)),
        ("26", timedelta(days=2)),
        ("27", timedelta(days=4)),
        ("28", timedelta(days=6)),
        ("29", timedelta(days=8)),
        ("30", timedelta(days=10)),
    ],
)
def test_mastercard_says_when(code: str, wait: timedelta) -> None:
    said = advised("insufficient_funds", "try_again_later", code, "mastercard")
    assert said
    assert (said.advice, said.wait) == ("later", wait)


def test_the_same_code_of_another_network_means_something_else() -> None:
    assert advised("generic_decline", "", "02", "visa") is NEVER
    assert advised("generic_decline", "", "24", "visa") is None


def test_later_without_a_time_and_details_to_correct() -> None:
    assert advised("insufficient_funds", "try_again_later") is LATER
    assert advised("incorrect_cvc", "confirm_card_data") is CORRECT
    assert advised("expired_card") is CORRECT


def test_what_nobody_knows_says_nothing() -> None:
    assert advised("a code of next year", "an advice of next year", "99", "a brand of next year") is None
