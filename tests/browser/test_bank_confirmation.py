"""The bank asks the shopper: confirmed, refused, abandoned, or answered too late."""

import pytest
from playwright.sync_api import expect

from tests.browser.payment_page import PaymentPage


@pytest.fixture
def payment(payment: PaymentPage) -> PaymentPage:
    """With the bank's question open."""
    payment.pay("challenge")
    payment.expect_state("action_required", money="checking", attempts="1")
    expect(payment.button("pay")).to_be_disabled()
    return payment


def test_a_confirmed_payment_is_paid_once(payment: PaymentPage) -> None:
    payment.button("confirm-with-bank").click()
    expect(payment.page.get_by_role("main")).to_contain_text("The shop SmartCart asks for €42.00")
    payment.button("confirm").click()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1


def test_a_refused_payment_takes_nothing_and_can_be_tried_again(payment: PaymentPage) -> None:
    payment.button("confirm-with-bank").click()
    payment.button("refuse").click()
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    expect(payment.status).to_contain_text("The payment was not confirmed with your bank")
    payment.pay("approve", "retry")
    payment.expect_state("completed", attempts="2")
    assert payment.charges() == 1


def test_another_way_to_pay_takes_the_question_back(payment: PaymentPage) -> None:
    question = payment.button("confirm-with-bank").get_attribute("href")
    payment.button("abandon").click()
    payment.expect_state("interrupted", money="not_taken", attempts="1")
    payment.page.goto(payment.shop.url + str(question))
    expect(payment.page.get_by_role("heading")).to_have_text("There is nothing to confirm any more")
    payment.page.get_by_role("link", name="Back to the payment").click()
    payment.expect_state("interrupted", money="not_taken")
    assert payment.charges() == 0


def test_a_cancel_takes_the_question_back(payment: PaymentPage) -> None:
    payment.button("cancel").click()
    payment.expect_state("cancelled", money="not_taken")
    assert payment.charges() == 0
