"""Scenario 3: the network between the shop and the payment service breaks."""

from playwright.sync_api import expect

from tests.browser.payment_page import PaymentPage
from tests.support.silent_gateway import QUESTIONS, PatientShop


def test_a_gateway_out_of_reach_is_tried_again_without_a_press(payment: PaymentPage) -> None:
    payment.pay("unreachable_once")
    payment.expect_state("completed", money="taken", attempts="2")
    assert payment.attempts() == 2
    assert payment.charges() == 1


def test_a_gateway_that_stays_out_of_reach_uses_up_no_attempt_and_takes_nothing(payment: PaymentPage) -> None:
    payment.pay("unreachable")
    expect(payment.counter).to_have_text(
        "Attempt 4 of 7: 4 of them did not reach the payment service and do not count", timeout=20_000
    )
    payment.expect_state("interrupted", money="not_taken", attempts="4")
    expect(payment.status).to_contain_text("The connection to the payment service broke")
    expect(payment.button("retry")).to_be_enabled()
    assert payment.charges() == 0


def test_a_lost_reply_is_checked_and_ends_paid_once(payment: PaymentPage, shop: PatientShop) -> None:
    with shop.silence(QUESTIONS):
        payment.pay("lost_reply")
        payment.expect_state("checking", money="checking")
        expect(payment.status).to_contain_text("The connection to the payment service broke")
        expect(payment.button("pay")).to_be_disabled()
    payment.expect_state("completed", money="taken", attempts="1")
    assert payment.charges() == 1
