"""Scenario 6: the shopper cancels."""

from playwright.sync_api import Page, expect

from tests.browser.payment_page import PaymentPage
from tests.support.running import RunningShop


def test_cancelling_before_paying_takes_nothing_and_gives_the_cart_back(page: Page, shop: RunningShop) -> None:
    payment = PaymentPage.of_own_order(page, shop)
    payment.button("cancel").click()
    payment.expect_state("cancelled", money="not_taken", attempts="0")
    expect(payment.button("pay")).to_have_count(0)
    page.get_by_role("link", name="Back to your cart").click()
    expect(page.get_by_role("heading", name="Teapot")).to_be_visible()


def test_a_cancel_while_an_attempt_is_in_flight_waits_for_its_outcome(payment: PaymentPage) -> None:
    payment.pay("timeout")
    payment.expect_state("processing")
    payment.button("cancel").click()
    expect(payment.heading).to_have_text("Cancelling your payment")
    expect(payment.button("cancel")).to_have_count(0)
    expect(payment.button("pay")).to_be_disabled()
    payment.expect_state("cancelled", money="not_taken", attempts="1")
    expect(payment.announced).to_contain_text("Cancelled. Nothing was taken")
    assert payment.charges() == 0


def test_a_cancel_that_comes_too_late_ends_paid_and_says_so(payment: PaymentPage) -> None:
    payment.pay("timeout_charged")
    payment.expect_state("processing")
    payment.button("cancel").click()
    expect(payment.status).to_contain_text("If it was taken already, your order is paid")
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1
    expect(payment.announced).to_contain_text("You asked to cancel, but the money had been taken before.")
    payment.button("want-back").click()
    expect(payment.status).to_contain_text("You have asked for your money back")
    expect(payment.button("want-back")).to_have_count(0)
