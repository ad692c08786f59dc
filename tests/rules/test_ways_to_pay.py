"""What is paid with, in a word of which there are few."""

import pytest

from smartcart.rules.ways_to_pay import way_to_pay


@pytest.mark.parametrize(
    "token", ["pm_1Q0PsIJvEtkwdCNYMSaVuRz6", "tok_1N3T00LkdIwHu7ixt44h1F8k", "sandbox_card_" + "a" * 20]
)
def test_what_was_made_for_one_card_is_a_card(token: str) -> None:
    assert way_to_pay(token) == "card"


@pytest.mark.parametrize(
    "token", ["sandbox_approve", "pm_card_visa", "sandbox_timeout_charged", "bank_transfer", "card"]
)
def test_any_other_is_its_own_word(token: str) -> None:
    assert way_to_pay(token) == token
