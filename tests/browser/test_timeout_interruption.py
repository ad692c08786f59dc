"""Scenario 2: the payment service does not answer in time."""

from playwright.sync_api import expect

from tests.browser.payment_page import PaymentPage
from tests.support.silent_gateway import QUESTIONS, PatientShop

# Keeps all that the page ever said, from the first press on.
REMEMBER = """
  window.said = [];
  new MutationObserver(() => said.push(document.body.innerText)).observe(document, {childList: true, subtree: true});
"""


def test_after_a_timeout_the_gateway_is_asked_before_anyone_may_pay_again(
    payment: PaymentPage, shop: PatientShop
) -> None:
    with shop.silence(QUESTIONS):
        payment.pay("timeout")
        expect(payment.button("pay")).to_be_disabled()
        payment.expect_state("checking", money="checking", attempts="1")
        expect(payment.status).to_contain_text("did not answer in time")
        expect(payment.status).to_contain_text("Please don't pay again yet")
        expect(payment.counter).to_have_text("Attempt 1 of 3")
        expect(payment.button("pay")).to_be_disabled()
        expect(payment.button("retry")).to_have_count(0)
        payment.button("want-letter").click()
        expect(payment.status).to_contain_text("as soon as we know")
        expect(payment.button("want-letter")).to_have_count(0)
        payment.expect_state("checking", money="checking", attempts="1")

    payment.expect_state("interrupted", money="not_taken", attempts="1")
    assert payment.charges() == 0
    payment.pay("approve", "retry")
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.charges() == 1


def test_a_charge_whose_answer_never_came_ends_paid_once_and_is_never_called_failed(
    payment: PaymentPage, shop: PatientShop
) -> None:
    payment.page.evaluate(REMEMBER)
    with shop.silence(QUESTIONS):
        payment.pay("timeout_charged")
        payment.expect_state("checking", money="checking")
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1
    said = str(payment.page.evaluate("said")).lower()
    assert "checking your payment" in said
    assert "fail" not in said
    assert "nothing was taken" not in said
