"""Scenario 4: every attempt is declined."""

from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.refused import refusal
from tests.support.running import RunningShop


def test_after_three_declines_nothing_was_taken_and_no_fourth_is_let_in(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    payment.pay("decline")
    expect(payment.counter).to_have_text("Attempt 1 of 3")
    expect(payment.status).to_contain_text("Your bank declined the payment")
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    payment.pay("insufficient_funds", "retry")
    expect(payment.counter).to_have_text("Attempt 2 of 3")
    expect(payment.status).to_contain_text("not enough money")
    payment.expect_state("interrupted", money="not_taken", attempts="2")
    payment.pay("decline", "retry")
    payment.expect_state("failed", money="not_taken", attempts="3")
    expect(payment.counter).to_have_text("Attempt 3 of 3")
    expect(payment.status).to_contain_text("none took any money")
    expect(payment.button("pay")).to_have_count(0)
    expect(payment.button("retry")).to_have_count(0)

    fourth = shop.visitor().pay(payment.session)
    assert refusal(fourth) == "AttemptsUsedUp"
    assert "All attempts of this payment are used up. Nothing was taken." in shop.visitor().get(fourth.location).text
    assert payment.attempts() == 3
    assert payment.charges() == 0
    page.get_by_role("link", name="Back to your cart").click()
    expect(page.get_by_role("heading", name="Teapot")).to_be_visible()
