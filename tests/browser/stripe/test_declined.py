"""A decline, a timeout, another tab: whatever comes in between, what was typed stays typed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stripe.card_page import CardPage
from tests.support.stripe_server.process import APPROVE, DECLINE, EMPTY


@pytest.mark.parametrize(
    ("card", "reason"),
    [(DECLINE, "Your bank declined the payment"), (EMPTY, "not enough money on this card")],
    ids=["declined", "empty"],
)
def test_after_a_decline_only_what_was_wrong_is_typed_again(payment: CardPage, card: str, reason: str) -> None:
    payment.pay_with(card)
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    expect(payment.status).to_contain_text(reason)
    payment.expect_typed(card)
    payment.form.get_by_label("Card number").fill(APPROVE)
    payment.button("retry").click()
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charged() == [4200]
    assert len(payment.intents()) == 1


def test_news_from_another_tab_costs_nobody_what_they_typed(
    payment: CardPage, another_page: Callable[..., Page]
) -> None:
    payment.type_card(APPROVE)
    other = payment.in_page(another_page())
    other.pay_with(DECLINE)
    for tab in (other, payment):
        tab.expect_state("interrupted", attempts="1")
    payment.expect_typed(APPROVE)
    payment.button("retry").click()
    payment.expect_state("completed", attempts="2")
    assert payment.charged() == [4200]


def test_a_shop_that_crashes_and_comes_back_costs_nobody_what_they_typed(payment: CardPage) -> None:
    payment.type_card(APPROVE)
    payment.shop.kill()
    expect(payment.banner).to_be_visible()
    payment.shop.start()
    expect(payment.banner).to_be_hidden()
    payment.expect_typed(APPROVE)
    payment.button("pay").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]


def test_a_stripe_that_does_not_answer_is_asked_before_another_try(payment: CardPage) -> None:
    payment.stripe.take_long("/confirm$", 6)
    payment.pay_with(APPROVE)
    payment.expect_state("checking", money="checking")
    expect(payment.button("pay")).to_be_disabled()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charged() == [4200]
