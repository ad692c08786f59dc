"""The network between the browser and the shop breaks: one banner, and the page goes on by itself."""

import re
import time

from playwright.sync_api import BrowserContext, expect

from tests.browser.payment_page import PaymentPage
from tests.support.waiting import wait_for

OFFLINE = 6.0
STATUS = re.compile("/status")


def test_six_seconds_offline_in_mid_payment_end_paid(payment: PaymentPage, context: BrowserContext) -> None:
    payment.pay("timeout_charged")
    payment.expect_state("processing")
    context.set_offline(True)
    began = time.monotonic()
    expect(payment.banner).to_be_visible()
    expect(payment.announced).to_contain_text("Please don't pay again")
    wait_for(lambda: time.monotonic() - began >= OFFLINE)
    assert payment.record("state") == "completed"
    expect(payment.status).to_have_attribute("data-money", "checking")
    context.set_offline(False)
    payment.expect_state("completed", money="taken", attempts="1")
    expect(payment.banner).to_be_hidden()
    expect(payment.announced).to_have_text(re.compile(r"The connection to the shop is back\. Paid\. Thank you! \w"))
    assert payment.charges() == 1


def test_offline_before_paying_nobody_is_told_not_to_pay_again(payment: PaymentPage, context: BrowserContext) -> None:
    context.set_offline(True)
    expect(payment.banner).to_contain_text("Nothing can be paid until it is back")
    expect(payment.banner).not_to_contain_text("again")
    expect(payment.announced).to_have_text(payment.banner.inner_text())
    context.set_offline(False)
    expect(payment.banner).to_be_hidden()
    expect(payment.announced).to_have_text("The connection to the shop is back.")


def test_a_press_on_pay_while_offline_is_not_lost_in_silence(payment: PaymentPage, context: BrowserContext) -> None:
    context.set_offline(True)
    payment.pay("approve")
    expect(payment.heading).to_have_text("Your payment is on its way")
    expect(payment.banner).to_contain_text("Please don't pay again")
    context.set_offline(False)
    expect(payment.banner).to_be_hidden()
    expect(payment.status.get_by_role("alert")).to_contain_text("no payment was begun by it")
    assert payment.attempts() == 0
    payment.pay("approve")
    payment.expect_state("completed", attempts="1")
    assert payment.charges() == 1


def test_a_shop_that_breaks_for_a_while_is_told_of_and_polled_on(payment: PaymentPage) -> None:
    payment.page.route(STATUS, lambda route: route.fulfill(status=503))
    payment.pay("approve")
    expect(payment.banner).to_be_visible()
    payment.expect_state("processing", money="checking")
    payment.page.unroute(STATUS)
    payment.expect_state("completed", money="taken")
    expect(payment.banner).to_be_hidden()


def test_a_finished_payment_misses_nothing_while_offline(payment: PaymentPage, context: BrowserContext) -> None:
    payment.pay("approve")
    payment.expect_state("completed")
    context.set_offline(True)
    payment.page.wait_for_function("!navigator.onLine")
    expect(payment.banner).to_be_hidden()
