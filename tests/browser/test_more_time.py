"""A warning before time runs out, one click for more, and the truth once it is over."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from smartcart.rules.patience import WARN_BEFORE
from tests.browser.payment_page import PaymentPage
from tests.running import RunningShop
from tests.waiting import wait_for

LIFETIME = 900
STATUS = re.compile("/status")
EXPIRED = "The time for this payment is over. Nothing was taken."


def test_the_warning_comes_two_minutes_before_the_end_and_one_click_takes_it_back(
    page: Page, shop: RunningShop
) -> None:
    page.clock.install()
    payment = PaymentPage.of_new_order(page, shop)
    warning = payment.status.get_by_text("left to pay")
    page.clock.fast_forward(round(LIFETIME - WARN_BEFORE - 30) * 1000)
    expect(warning).to_be_hidden()
    page.clock.fast_forward(40_000)
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("Less than 2 min left to pay")
    expect(payment.announced).to_contain_text("left to pay")
    payment.button("extend").click()
    expect(warning).to_be_hidden()
    expect(payment.announced).to_contain_text("15 minutes left")
    expect(payment.button("extend")).to_be_focused()


def test_more_time_can_be_had_ten_times_and_then_the_page_says_why_not(payment: PaymentPage) -> None:
    ends = _expires_at(payment)
    for number in range(1, 11):
        payment.button("extend").click()
        expect(payment.status).to_have_attribute("data-version", str(1 + number))
    assert _expires_at(payment) >= ends
    payment.button("extend").click()
    expect(payment.status.get_by_role("alert")).to_contain_text("cannot be extended any further")
    expect(payment.status.get_by_role("alert")).to_be_focused()
    payment.pay("approve")
    payment.expect_state("completed")


def test_an_open_page_tells_by_itself_that_time_is_over(page: Page, hasty_shop: RunningShop) -> None:
    on_the_shelf = hasty_shop.stock("teapot")
    payment = PaymentPage.of_new_order(page, hasty_shop)
    assert hasty_shop.stock("teapot") == on_the_shelf - 1
    expect(payment.status.get_by_text("left to pay")).to_be_visible()
    payment.expect_state("expired", money="not_taken")
    expect(payment.announced).to_contain_text("Time is over. Nothing was taken")
    expect(payment.button("pay")).to_have_count(0)
    assert hasty_shop.stock("teapot") == on_the_shelf


def test_a_press_on_pay_after_the_end_is_refused_and_says_why(page: Page, hasty_shop: RunningShop) -> None:
    payment = PaymentPage.of_new_order(page, hasty_shop)
    page.route(STATUS, lambda route: route.abort())  # the page has not heard of it
    ends = _expires_at(payment) + timedelta(seconds=1)  # it shows whole seconds
    wait_for(lambda: datetime.now(ends.tzinfo) > ends)
    payment.pay("approve")
    expect(payment.status.get_by_role("alert")).to_have_text(EXPIRED)
    expect(payment.status.get_by_role("alert")).to_be_focused()
    payment.expect_state("expired", money="not_taken")
    assert payment.attempts() == 0
    assert payment.charges() == 0


def _expires_at(payment: PaymentPage) -> datetime:
    """As the page tells programs; people read it in their own zone."""
    shown = payment.button("expires-at").get_attribute("datetime")
    assert shown
    return datetime.fromisoformat(shown)
